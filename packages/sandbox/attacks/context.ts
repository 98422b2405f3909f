import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CgroupUnavailableError, createSandbox, type Sandbox, type SandboxOptions } from "#sandbox";
import { nativeProgram } from "#sandbox/launcher";
import { createWeakenedSandbox, type Guard } from "#sandbox/weakened";
import { actsInside, actsOutside, together } from "./acts.ts";
import { cleanUpOnSignal } from "./clean-up.ts";
import { type Lane, nodeInside, type ProbeContext, programInside, type SandboxSetup } from "./probe.ts";
import { makeStage } from "./stage.ts";

export interface LaneContext extends ProbeContext {
  end(): Promise<void>;
}

/** Room for Node and for the bombs of the corpus, which are all larger. */
const limits = { memoryMb: 512, pids: 128 };

async function reasonWithoutCgroup(): Promise<string | undefined> {
  try {
    await (await createSandbox({ limits })).kill();
    return undefined;
  } catch (error) {
    if (error instanceof CgroupUnavailableError) return error.message;
    throw error;
  }
}

/** A sandbox that is made when it is first needed. */
function shared(create: () => Promise<Sandbox>) {
  let made: Promise<Sandbox> | undefined;
  return {
    get: () => {
      made ??= create();
      return made;
    },
    end: async () => (await made?.catch(() => undefined))?.kill(),
  };
}

/** @param weakened guards to leave out of every sandbox */
function sandboxMaker(program: string, enforce: "required" | "best-effort", weakened: readonly Guard[]) {
  return ({ off = [], ...options }: SandboxSetup = {}): Promise<Sandbox> => {
    const all: SandboxOptions = {
      enforce,
      ...options,
      limits: { ...limits, ...options.limits },
      mounts: [
        { source: program, target: programInside, access: "ro" },
        { source: process.execPath, target: nodeInside, access: "ro" },
        ...(options.mounts ?? []),
      ],
    };
    const without = [...weakened, ...off];
    return without.length === 0 ? createSandbox(all) : createWeakenedSandbox(all, without);
  };
}

function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "cloison-attacks-"));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  const forget = cleanUpOnSignal(removeDirectory);
  chmodSync(directory, 0o755);
  return {
    directory,
    remove() {
      removeDirectory();
      forget();
    },
  };
}

/** @param weakened guards to leave out of every sandbox that is attacked, to see that the corpus can fail */
export async function createContext(as: Lane, weakened: readonly Guard[]): Promise<LaneContext> {
  const { directory, remove } = makeDirectory();
  const program = nativeProgram("cloison-attack");
  const withoutCgroup = await reasonWithoutCgroup();
  const enforce = withoutCgroup === undefined ? "required" : "best-effort";
  const create = sandboxMaker(program, enforce, weakened);
  const stage = makeStage(directory);
  const mounts = [
    { source: stage.outside.workspace, target: stage.inside.workspace, access: "rw" },
    { source: stage.outside.reading, target: stage.inside.reading, access: "ro" },
  ] as const;
  const attacked = shared(() => create({ mounts }));
  const unfiltered = shared(() => create({ mounts, off: ["seccomp"] }));
  const unmasked = shared(() => create({ mounts, off: ["masks"] }));
  return {
    as,
    enforce,
    withoutCgroup,
    directory,
    stage,
    program,
    inside: together(actsInside(attacked.get)),
    unfiltered: together(actsInside(unfiltered.get)),
    unmasked: together(actsInside(unmasked.get)),
    outside: together(actsOutside(program, directory, [])),
    userns: together(actsOutside(program, directory, ["userns"])),
    async withSandbox(body, options) {
      const sandbox = await create(options);
      try {
        return await body(sandbox);
      } finally {
        await sandbox.kill();
      }
    },
    async end() {
      await Promise.all([attacked, unfiltered, unmasked].map((each) => each.end()));
      remove();
    },
  };
}
