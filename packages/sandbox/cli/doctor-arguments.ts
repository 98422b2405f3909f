import { parseArgs } from "node:util";
import type { Lane } from "../attacks/index.ts";
import { takesNext } from "./known-option.ts";
import { WrongUsage } from "./wrong-usage.ts";

/** What to examine and how to tell. */
export interface DoctorCommand {
  readonly json: boolean;
  readonly attack: boolean;
  /** Whose sandboxes are attacked; by default all that this process can have. */
  readonly as: Lane | undefined;
  /** Identifiers of attacks; none for all. */
  readonly only: readonly string[];
}

const options = {
  json: { type: "boolean" },
  attack: { type: "boolean" },
  as: { type: "string" },
  only: { type: "string", multiple: true },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * @param argv what follows `doctor`
 * @returns "help" where that is asked for
 * @throws WrongUsage
 */
export function parseDoctorArguments(argv: readonly string[]): DoctorCommand | "help" {
  const { values, positionals } = parse(argv);
  if (values.help) return "help";
  if (positionals.length > 0) throw new WrongUsage(`unknown argument "${positionals[0]}"`);
  const { json = false, attack = false, as, only = [] } = values;
  if ((as !== undefined || only.length > 0) && !attack)
    throw new WrongUsage("--as and --only are for --attack");
  if (as !== undefined && as !== "root" && as !== "user")
    throw new WrongUsage(`--as is "root" or "user", not "${as}"`);
  return { json, attack, as, only };
}

function parse(argv: readonly string[]) {
  for (let at = 0; at < argv.length && argv[at] !== "--"; at++) {
    const word = argv[at] ?? "";
    if (word.startsWith("-") && takesNext(options, word, argv[at + 1])) at++;
  }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (cause) {
    // parseArgs throws for a value that is not wanted, and says so well
    if (!(cause instanceof TypeError)) throw cause;
    throw new WrongUsage(cause.message, { cause });
  }
}
