import { posix } from "node:path";
import { parseArgs } from "node:util";
import type { Mount, SandboxOptions } from "#sandbox";
import { parseMb, parseNumber, parseTime } from "./amounts.ts";
import { takesNext } from "./known-option.ts";
import { type MountArgument, parseMounts } from "./mount-arguments.ts";
import { WrongUsage } from "./wrong-usage.ts";

/** What `exec` and `shell` are to do. */
export interface SandboxArguments {
  readonly options: SandboxOptions;
  /** The program and its arguments; empty where none is named. */
  readonly command: readonly string[];
  readonly cwd: string | undefined;
  readonly envs: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  /** The file that events are added to. */
  readonly json: string | undefined;
}

const flags = {
  rw: { type: "string", multiple: true },
  ro: { type: "string", multiple: true },
  rootfs: { type: "string" },
  "writable-system": { type: "boolean" },
  network: { type: "string" },
  memory: { type: "string" },
  pids: { type: "string" },
  cpus: { type: "string" },
  disk: { type: "string" },
  timeout: { type: "string" },
  seccomp: { type: "string" },
  "best-effort": { type: "boolean" },
  env: { type: "string", multiple: true },
  cwd: { type: "string" },
  hostname: { type: "string" },
  json: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** The names of all options, without their dashes. */
export const sandboxFlags: readonly string[] = Object.keys(flags);

/**
 * Options end at "--", or at the first word that is none, as with env(1): what follows is the program's.
 *
 * @throws WrongUsage for an option that there is not, or that lacks its value
 */
function splitAtCommand(argv: readonly string[]) {
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") return { head: argv.slice(0, at), command: argv.slice(at + 1) };
    if (!word.startsWith("-") || word === "-") break;
    if (takesNext(flags, word, argv[at + 1])) at++;
  }
  return { head: argv.slice(0, at), command: argv.slice(at) };
}

/**
 * @param argv what follows `exec` or `shell`
 * @returns "help" where that is asked for
 * @throws WrongUsage
 */
export function parseSandboxArguments(argv: readonly string[]): SandboxArguments | "help" {
  const { head, command } = splitAtCommand(argv);
  const { values, tokens } = parseHead(head);
  if (values.help) return "help";
  const mounts = parseMounts(
    tokens.flatMap((token): MountArgument[] => {
      if (token.kind !== "option" || (token.name !== "rw" && token.name !== "ro")) return [];
      return [{ access: token.name, value: token.value ?? "" }];
    }),
  );
  return {
    options: sandboxOptions(values, mounts),
    command,
    cwd: values.cwd === undefined ? undefined : posix.resolve(homeInside(mounts), values.cwd),
    envs: parseEnvs(values.env ?? []),
    timeoutMs: values.timeout === undefined ? undefined : parseTime(values.timeout, "--timeout"),
    json: values.json,
  };
}

function parseHead(head: readonly string[]) {
  try {
    return parseArgs({ args: [...head], options: flags, tokens: true });
  } catch (cause) {
    // parseArgs throws for a value that is not wanted, and says so well
    if (!(cause instanceof TypeError)) throw cause;
    throw new WrongUsage(cause.message, { cause });
  }
}

type Values = ReturnType<typeof parseHead>["values"];

function sandboxOptions(values: Values, mounts: readonly Mount[]): SandboxOptions {
  const { rootfs, hostname, network = "none", seccomp = "default" } = values;
  if (network !== "none")
    throw new WrongUsage(`--network ${network} is not to be had yet: none is the only value so far`);
  if (seccomp !== "default" && seccomp !== "strict")
    throw new WrongUsage(`--seccomp is "default" or "strict", not "${seccomp}"`);
  const { memory, pids, cpus, disk } = values;
  const limits = {
    ...(memory !== undefined && { memoryMb: parseMb(memory, "--memory") }),
    ...(pids !== undefined && { pids: parseNumber(pids, "--pids") }),
    ...(cpus !== undefined && { cpus: parseNumber(cpus, "--cpus") }),
    ...(disk !== undefined && { diskMb: parseMb(disk, "--disk") }),
  };
  return {
    mounts,
    network,
    limits,
    seccomp,
    enforce: values["best-effort"] ? "best-effort" : "required",
    ...(rootfs !== undefined && { rootfs }),
    ...(values["writable-system"] && { writableSystem: true }),
    ...(hostname !== undefined && { hostname }),
  };
}

/** Where a command begins by default. */
function homeInside(mounts: readonly Mount[]): string {
  return mounts.some(({ target }) => target === "/workspace") ? "/workspace" : "/home/agent";
}

function parseEnvs(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.flatMap((text) => {
      const at = text.indexOf("=");
      const name = at === -1 ? text : text.slice(0, at);
      if (name === "") throw new WrongUsage(`--env "${text}" has no name: write NAME=VALUE, or NAME`);
      const value = at === -1 ? process.env[name] : text.slice(at + 1);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
