import { posix } from "node:path";
import { SandboxOptionError } from "../errors.ts";
import type { Mount } from "../types.ts";
import { createChecks } from "./checks.ts";
import { isBelow, parseHostPath } from "./host-path.ts";

/** Directories inside that belong to the sandbox's own system. */
const systemTargets = [
  "bin",
  "boot",
  "dev",
  "etc",
  "lib",
  "lib32",
  "lib64",
  "libx32",
  "proc",
  "run",
  "sbin",
  "sys",
  "usr",
  "var",
];
export interface ParsedMount extends Mount {
  /** A snapshot's tree, seen beneath what the sandbox writes; the source then is the layers' directory. */
  readonly lower?: string;
}

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

function parseTarget(value: unknown, where: string): string {
  const target = checks.text(value, where);
  const first = target.split("/")[1] ?? "";
  if (!target.startsWith("/") || posix.normalize(target) !== target || target.endsWith("/"))
    throw new SandboxOptionError(`${where} "${target}" must be a normal absolute path other than "/"`);
  if (systemTargets.includes(first) || target === "/tmp" || target === "/home" || target === "/home/agent")
    throw new SandboxOptionError(
      `${where} "${target}" is part of the sandbox's own system; use for example /workspace`,
    );
  return target;
}

function parseMount(value: unknown, index: number): Mount {
  const where = `mounts[${index}]`;
  const fields = checks.fields(value, where);
  checks.known(fields, ["source", "target", "access"], `key of ${where}`);
  const { source, target, access } = fields;
  return {
    source: parseHostPath(source, `${where}.source`).path,
    target: parseTarget(target, `${where}.target`),
    access: checks.oneOf(access, `${where}.access`, ["ro", "rw"]),
  };
}

/** @throws SandboxOptionError */
export function parseMounts(value: unknown): ParsedMount[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SandboxOptionError("mounts must be an array");
  const mounts = value.map(parseMount);
  for (const [index, mount] of mounts.entries())
    for (const other of mounts.slice(0, index))
      if (isBelow(mount.target, other.target) || isBelow(other.target, mount.target))
        throw new SandboxOptionError(
          `mounts[${index}].target "${mount.target}" and "${other.target}" lie in one another; give them places apart`,
        );
  return mounts;
}
