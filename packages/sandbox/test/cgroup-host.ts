/**
 * A host process of its own, for tests of what one leaves behind and of what an ordinary user can do.
 *
 *   node cgroup-host.ts hold VERSION    makes a group with a process in it, prints Held, lives until told to end
 *   node cgroup-host.ts try VERSION     makes a limited group, uses and removes it, prints Tried or Refused
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type Cgroup, findCgroupDriver } from "../src/cgroup/index.ts";
import { firstLine, isAlive, startIn } from "./cgroup-processes.ts";

export interface Held {
  readonly directories: readonly string[];
  readonly pid: number | undefined;
}

export interface Tried {
  readonly tasksJoined: number;
  readonly survived: boolean;
  readonly left: number;
}

export interface Refused {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
}

const [mode, version] = process.argv.slice(2);

function makeGroup(name: string): Cgroup {
  const driver = findCgroupDriver({ version: version === "v2" ? "v2" : "v1" });
  const limits =
    driver.version === "v1" || driver.description.includes("memory") ? { memoryMb: 256, pids: 50 } : {};
  return driver.create(name, limits);
}

async function hold(): Promise<Held> {
  const group = makeGroup("held");
  const sleeper = startIn(group.join, "echo ready; exec sleep 1000");
  await firstLine(sleeper);
  return { directories: group.directories, pid: sleeper.pid };
}

async function attempt(): Promise<Tried> {
  const group = makeGroup("tried");
  const sleeper = startIn(group.join, "echo ready; exec sleep 1000");
  await firstLine(sleeper);
  const tasksJoined = group.stats().pids ?? 1;
  await group.kill();
  await group.remove();
  return { tasksJoined, survived: isAlive(sleeper.pid), left: group.directories.filter(existsSync).length };
}

try {
  console.log(JSON.stringify(await (mode === "hold" ? hold() : attempt())));
  if (mode === "hold") await once(process.stdin, "end");
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const refused: Refused = {
    name: error.name,
    code: "code" in error ? error.code : undefined,
    message: error.message,
  };
  console.log(JSON.stringify(refused));
}
