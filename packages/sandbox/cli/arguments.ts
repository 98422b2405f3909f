import { parseArgs } from "node:util";
import type { Lane } from "../attacks/index.ts";

export const usage = `usage: cloison-sandbox doctor [--json] [--attack [--as USER] [--only ID]…]

  Tells what this machine offers to sandboxes, layer by layer, each lack with its fix,
  and makes a sandbox to prove it.

  --attack  then attack sandboxes here in every way that the corpus knows, each attack
            with a control that must succeed; as root also as an ordinary user
  --as USER only as "root" or as "user", an ordinary one
  --only ID run only this attack; may be given more than once
  --json    print one JSON document: { ready, …, layers, probes, escaped, total }
  --help    print this

  Exit code 0: a sandbox runs here, and nothing got out of it. 1: none does, or something
  did, or a control failed. 2: wrong arguments.
`;

/** What to examine and how to tell. */
export interface DoctorCommand {
  readonly kind: "doctor";
  readonly json: boolean;
  readonly attack: boolean;
  /** Whose sandboxes are attacked; by default all that this process can have. */
  readonly as: Lane | undefined;
  /** Identifiers of attacks; none for all. */
  readonly only: readonly string[];
}

export type CliCommand =
  | DoctorCommand
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

const options = {
  json: { type: "boolean" },
  attack: { type: "boolean" },
  as: { type: "string" },
  only: { type: "string", multiple: true },
  help: { type: "boolean", short: "h" },
} as const;

/** @param argv the arguments, without node and script */
export function parseCommand(argv: readonly string[]): CliCommand {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [name, ...rest] = positionals;
    if (values.help) return { kind: "help" };
    if (name === undefined) return { kind: "wrong", message: "a command is missing" };
    if (name !== "doctor") return { kind: "wrong", message: `unknown command "${name}"` };
    if (rest.length > 0) return { kind: "wrong", message: `unknown argument "${rest[0]}"` };
    const { json = false, attack = false, as, only = [] } = values;
    if ((as !== undefined || only.length > 0) && !attack)
      return { kind: "wrong", message: "--as and --only are for --attack" };
    if (as !== undefined && as !== "root" && as !== "user")
      return { kind: "wrong", message: `--as is "root" or "user", not "${as}"` };
    return { kind: "doctor", json, attack, as, only };
  } catch (error) {
    // parseArgs throws for what it does not know, and says so well
    if (!(error instanceof TypeError)) throw error;
    return { kind: "wrong", message: error.message };
  }
}
