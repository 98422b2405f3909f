/*
 * A program that says what can be seen from where it runs. It runs inside a sandbox and, to compare, outside.
 * Node built-ins only, and nothing else of this package, because this one file is copied in.
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { connect } from "node:net";
import type { Address, Asked, Sight } from "./sight.ts";

const CONNECT_TIMEOUT_MS = 2000;

async function lookAround({ paths, addresses, environments }: Asked): Promise<Sight> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(pids.map((pid) => textOf(`/proc/${pid}/comm`)));
  const environ = environments ? await Promise.all(pids.map((pid) => textOf(`/proc/${pid}/environ`))) : [];
  const status = await readFile("/proc/self/status", "utf8");
  return {
    paths: await Promise.all(paths.map(entriesIn)),
    addresses: await Promise.all(addresses.map(reach)),
    processes: processes.map((name) => name.trim()).filter((name) => name !== ""),
    interfaces: interfacesIn(await readFile("/proc/self/net/dev", "utf8")),
    environments: environ.join(""),
    namespaces: { pid: await readlink("/proc/self/ns/pid"), net: await readlink("/proc/self/ns/net") },
    uid: process.getuid?.() ?? -1,
    capabilities: fieldOf(status, "CapEff"),
    seccomp: fieldOf(status, "Seccomp"),
  };
}

/** Empty when the process has gone or does not show it: then there is nothing to see either. */
async function textOf(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}

/** The kernel's table has two lines of headings; each other line begins with a name and a colon. */
function interfacesIn(table: string): string[] {
  return table
    .split("\n")
    .slice(2)
    .flatMap((line) => /^\s*([^:\s]+):/.exec(line)?.[1] ?? []);
}

function fieldOf(status: string, name: string): string {
  const line = status.split("\n").find((text) => text.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? "";
}

async function entriesIn(path: string): Promise<number | string> {
  try {
    return (await readdir(path)).length;
  } catch (error) {
    if (codeOf(error) !== "ENOTDIR") return codeOf(error);
  }
  return await readFile(path).then(() => 1, codeOf);
}

function reach({ host, port }: Address): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const end = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    socket.once("connect", () => end("connected"));
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.once("error", (error) => end(codeOf(error)));
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const asked: Asked = JSON.parse(process.argv[2] ?? "{}");
console.log(JSON.stringify(await lookAround(asked)));
