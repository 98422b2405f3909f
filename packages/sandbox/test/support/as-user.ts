import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { ownHierarchies } from "../../src/cgroup/hierarchies.ts";
import { findCgroupDriver } from "../../src/cgroup/index.ts";
import type { Answer, Question } from "./host-main.ts";
import type { HostTools } from "./host-tools.ts";
import { makeCopy } from "./library-copy.ts";
import { isLaneWanted, sharesHosts } from "./this-machine.ts";

/** An id that nobody on the machine is likely to have. */
export const userId = 65533;

/** Descriptors that every host is started with, open on the file "secret" of its copy. */
export const inheritedFds = [4, 5, 6, 7, 8, 9, 10, 11] as const;

/** Who the host process is, and what it may do. */
export interface Lane {
  readonly title: string;
  readonly kind: "root" | "user" | "delegated" | "self";
  readonly enforce: "required" | "best-effort";
  /** Why its tests cannot run here. */
  readonly skipped: string | undefined;
}

/** What a test's title ends with where it needs files of other owners, which only root makes. */
export function lackOfOwners({ kind }: Lane): string {
  return kind === "self" ? " (skipped: needs root, to make files of other owners)" : "";
}

const isRoot = process.geteuid?.() === 0;
const { v1, v2 } = ownHierarchies();
/** The version whose groups limit what this machine runs, when a user can be given one. */
const delegable = ["freezer", "memory", "pids"].every((name) => v1.has(name))
  ? "v1"
  : controllersOf(v2).includes("memory")
    ? "v2"
    : undefined;

/** In how many directories a limited sandbox has a group. */
export const hierarchies = delegable === "v2" ? 1 : 3;

function controllersOf(group: string | undefined): string {
  return group === undefined ? "" : readFileSync(join(group, "cgroup.controllers"), "utf8");
}

function lane(kind: Lane["kind"], title: string, enforce: Lane["enforce"], skipped?: string): Lane {
  return { kind, enforce, skipped, title: skipped === undefined ? title : `${title} (skipped: ${skipped})` };
}

const needsRoot = isRoot ? undefined : "needs root to start a process as another user";

const allLanes: readonly Lane[] = [
  ...(isRoot ? [] : [lane("self", "as this user", "best-effort")]),
  lane("root", "as root", "required", needsRoot),
  lane("user", "as an ordinary user without a cgroup", "best-effort", needsRoot),
  lane(
    "delegated",
    "as an ordinary user with a delegated cgroup",
    "required",
    needsRoot ?? (delegable ? undefined : "no cgroup with a memory controller here"),
  ),
];

/** All that this machine can show; an ordinary user's run shows itself alone, and names what it skips. */
export const lanes = allLanes.filter(({ kind }) => isLaneWanted(kind));

/** The lanes whose limits a cgroup holds. */
export const limitedLanes = lanes.filter((each) => each.enforce === "required");

export class HostFailure extends Error {
  readonly code: unknown;

  constructor(message: string, code: unknown) {
    super(message);
    this.code = code;
  }
}

/** A process of a lane's user that evaluates functions with the library at hand. */
export interface Host {
  readonly pid: number;
  readonly child: ChildProcess;
  /** A directory of the host's user, for mounts. */
  readonly directory: string;
  /**
   * Evaluates a function there. It is sent as text: it may use its arguments, the tools and global names only.
   *
   * @throws HostFailure with the message and code of what it threw
   */
  evaluate<T, A extends readonly unknown[]>(
    body: (tools: HostTools, ...args: A) => T | Promise<T>,
    ...args: A
  ): Promise<T>;
  stop(): Promise<void>;
}

/** Directories for a delegated user, which the host joins: one group in each hierarchy. */
function delegate(name: string): string[] {
  if (delegable === "v2") {
    const [base = ""] = findCgroupDriver({ version: "v2" }).bases;
    return [give(join(base, name), ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"])];
  }
  const bases = ["freezer", "memory", "pids"].flatMap((controller) => v1.get(controller) ?? []);
  return bases.map((base) => give(join(base, name), ["cgroup.procs", "tasks"]));
}

/** As `Delegate=yes` does: the group and these files of it are the user's, its limits are not. */
function give(directory: string, files: readonly string[]): string {
  mkdirSync(directory);
  for (const file of ["", ...files]) chownSync(join(directory, file), userId, userId);
  return directory;
}

let delegations = 0;

function isOther({ kind }: Lane): boolean {
  return kind === "user" || kind === "delegated";
}

function makeDirectory(lane: Lane, copy: string): string {
  const directory = mkdtempSync(join(copy, "files-"));
  if (isOther(lane)) chownSync(directory, userId, userId);
  return directory;
}

export interface HostOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A program and its first arguments, which then runs Node; for example `unshare`. */
  readonly wrapper?: readonly [program: string, ...args: string[]];
}

/** Starts a host of a lane from a copy made by {@link makeCopy}. */
export async function startHost(lane: Lane, copy: string, options: HostOptions = {}): Promise<Host> {
  const groups = lane.kind === "delegated" ? delegate(`cloison-test-${process.pid}-${delegations++}`) : [];
  const directory = makeDirectory(lane, copy);
  // A host may itself have been started with files open that nobody has marked to close.
  const secret = openSync(join(copy, "secret"), "r");
  const [program, ...args] = [...(options.wrapper ?? []), join(copy, "node")];
  const child = fork(join(copy, "test/support/host-main.ts"), [join(copy, "probe"), lane.enforce], {
    execPath: program ?? "",
    execArgv: args,
    cwd: "/",
    env: options.env ?? process.env,
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc", ...inheritedFds.map(() => secret)],
    ...(isOther(lane) && { uid: userId, gid: userId }),
  });
  closeSync(secret);
  for (const group of groups) writeFileSync(join(group, "cgroup.procs"), String(child.pid));
  return {
    pid: child.pid ?? 0,
    child,
    directory,
    evaluate: createEvaluate(child),
    async stop() {
      if (child.connected) child.disconnect();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      for (const group of groups) await removeGroup(group);
    },
  };
}

/** With the groups in it, which a test has looked for before. A last process leaves a moment after its death. */
async function removeGroup(directory: string): Promise<void> {
  for (const end = performance.now() + 20_000; existsSync(directory); await new Promise(setImmediate))
    try {
      for (const entry of readdirSync(directory, { withFileTypes: true }))
        if (entry.isDirectory()) await removeGroup(join(directory, entry.name));
      rmdirSync(directory);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
}

function createEvaluate(child: ChildProcess): Host["evaluate"] {
  let questions = 0;
  return async (body, ...args) => {
    const question: Question = { id: questions++, body: body.toString(), args };
    const { value, error } = await new Promise<Answer>((resolve, reject) => {
      const onMessage = (answer: Answer) => {
        if (answer.id !== question.id) return;
        child.off("message", onMessage);
        child.off("exit", onExit);
        resolve(answer);
      };
      const onExit = () => reject(new HostFailure("the host has ended", "ENDED"));
      child.on("message", onMessage);
      child.once("exit", onExit);
      if (child.connected) child.send(question);
      else onExit();
    });
    if (error !== undefined) throw new HostFailure(`${error.name}: ${error.message}`, error.code);
    return value as Awaited<ReturnType<typeof body>>;
  };
}

/**
 * One host for all tests of the describe block that calls this; or of all such blocks, each with a directory of its own,
 * where starting one takes seconds. A shared one ends with this process.
 */
export function useHost(
  lane: Lane,
  options?: HostOptions,
): { readonly evaluate: Host["evaluate"]; readonly host: Host } {
  let started: Host | undefined;
  const host = () => {
    if (started === undefined) throw new HostFailure("the host is not started yet", "EARLY");
    return started;
  };
  beforeAll(async () => {
    started = sharesHosts && options === undefined ? await shareHost(lane) : await startOwn(lane, options);
  });
  afterAll(async () => {
    await started?.stop();
  });
  return {
    evaluate: (body, ...args) => host().evaluate(body, ...args),
    get host() {
      return host();
    },
  };
}

async function startOwn(lane: Lane, options: HostOptions | undefined): Promise<Host> {
  const copy = makeCopy();
  const host = await startHost(lane, copy, options);
  return {
    ...host,
    stop: async () => {
      await host.stop();
      rmSync(copy, { recursive: true, force: true });
    },
  };
}

const shared = new Map<Lane["kind"], { readonly copy: string; readonly host: Promise<Host> }>();

async function shareHost(lane: Lane): Promise<Host> {
  let found = shared.get(lane.kind);
  if (found === undefined) {
    const copy = makeCopy();
    found = { copy, host: startHost(lane, copy) };
    shared.set(lane.kind, found);
    process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
  }
  const directory = makeDirectory(lane, found.copy);
  const stop = async () => rmSync(directory, { recursive: true, force: true });
  return { ...(await found.host), directory, stop };
}
