import { CliError } from "../errors.ts";
import type { Sight } from "./sight.ts";

/**
 * Reads what `look-around` printed. It came out of a sandbox, so nothing is taken on trust.
 *
 * @throws {CliError} `CLI_PROBE` when it is not a sight.
 */
export function parseSight(text: string | undefined): Sight {
  try {
    const found = objectFrom(JSON.parse(text ?? ""));
    const namespaces = objectFrom(found.namespaces);
    return {
      paths: listFrom(found.paths, (entry) => (typeof entry === "number" ? entry : textFrom(entry))),
      addresses: listFrom(found.addresses, textFrom),
      processes: listFrom(found.processes, textFrom),
      interfaces: listFrom(found.interfaces, textFrom),
      environments: textFrom(found.environments),
      namespaces: { pid: textFrom(namespaces.pid), net: textFrom(namespaces.net) },
      uid: typeof found.uid === "number" ? found.uid : -1,
      capabilities: textFrom(found.capabilities),
      seccomp: textFrom(found.seccomp),
    };
  } catch (cause) {
    const said = text === undefined ? "nothing" : `"${text.slice(0, 200)}"`;
    throw new CliError("CLI_PROBE", `the look from inside a sandbox gave ${said} instead of an answer`, {
      cause,
    });
  }
}

function objectFrom(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError("not an object");
  return { ...value };
}

function listFrom<Item>(value: unknown, itemFrom: (entry: unknown) => Item): Item[] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value.map((entry: unknown) => itemFrom(entry));
}

function textFrom(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("not a text");
  return value;
}
