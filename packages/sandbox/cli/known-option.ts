import { didYouMean } from "./nearest.ts";
import { WrongUsage } from "./wrong-usage.ts";

/** Options as `parseArgs` takes them. */
export type Flags = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;

/**
 * Whether the word after this option is its value.
 *
 * @throws WrongUsage for an option that there is not, or that lacks its value
 */
export function takesNext(flags: Flags, word: string, next: string | undefined): boolean {
  if (word === "-h") return false;
  const [, name = "", value] = /^--([^=]*)(=.*)?$/s.exec(word) ?? [];
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) {
    const near = didYouMean(name || word.slice(1), Object.keys(flags), "--");
    throw new WrongUsage(`unknown option ${word.replace(/=.*/s, "")}${near}`);
  }
  if (flag.type === "boolean" || value !== undefined) return false;
  if (next === undefined || /^-./s.test(next))
    throw new WrongUsage(`--${name} needs a value; one that begins with "-" is written --${name}=VALUE`);
  return true;
}
