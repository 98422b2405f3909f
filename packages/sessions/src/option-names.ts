import { SessionOptionsError } from "./errors.ts";

/**
 * A name that is not known is an error: a misspelt option must not be one that is not there.
 *
 * @throws SessionOptionsError
 */
export function checkNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new SessionOptionsError("options", `${where}: options must be an object`);
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new SessionOptionsError(
        name,
        `${where}: unknown option "${name}"; known are ${known.join(", ")}`,
      );
}
