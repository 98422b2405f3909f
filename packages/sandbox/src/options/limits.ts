import { realpathSync } from "node:fs";
import { ioRates, leastIoRate } from "../cgroup/index.ts";
import { SandboxOptionError } from "../errors.ts";
import type { IoLimit, SandboxLimits } from "../types.ts";
import { createChecks } from "./checks.ts";
import { unreached } from "./host-path.ts";

/** Limits with the defaults of those that always hold. */
export type ParsedLimits = SandboxLimits & { readonly memoryMb: number; readonly pids: number };

const names = [
  "memoryMb",
  "swapMb",
  "oomKill",
  "pids",
  "cpus",
  "cpuWeight",
  "io",
  "diskMb",
  "wallMs",
] as const;
const defaultMemoryMb = 512;
const defaultPids = 128;
const maxMb = 2 ** 24;
/** 2^51 bytes, which a number still counts one by one. */
const maxDiskMb = 2 ** 31;
/** setTimeout's and poll's longest time; about 24 days. */
const maxMs = 2 ** 31 - 1;
/** The kernel reads operations each second as 32 bits; its largest value stands for "no limit". */
const maxIops = 2 ** 32 - 2;

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

function parseIoLimit(value: unknown, index: number): IoLimit {
  const where = `limits.io[${index}]`;
  const given = checks.fields(value, where);
  checks.known(given, ["path", ...ioRates], `key of ${where}`);
  const parsed = ioRates.flatMap((rate) => {
    const max = rate.endsWith("Iops") ? maxIops : Number.MAX_SAFE_INTEGER;
    const each = given[rate];
    return each === undefined
      ? []
      : [[rate, checks.number(each, `${where}.${rate}`, { min: leastIoRate, max })] as const];
  });
  if (parsed.length === 0)
    throw new SandboxOptionError(`${where} must limit something: give one of ${ioRates.join(", ")}`);
  return { path: existing(checks.text(given.path, `${where}.path`), where), ...Object.fromEntries(parsed) };
}

function existing(path: string, where: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw unreached(`${where}.path`, path, cause);
  }
}

function parseIo(value: unknown): IoLimit[] {
  if (!Array.isArray(value)) throw new SandboxOptionError("limits.io must be an array");
  return value.map(parseIoLimit);
}

/** @throws SandboxOptionError for an unknown limit, a wrong type or a value out of range */
export function parseLimits(value: unknown = {}): ParsedLimits {
  const fields = checks.fields(value, "limits");
  checks.known(fields, names, "limit");
  const { memoryMb = defaultMemoryMb, pids = defaultPids, ...given } = fields;
  const { swapMb, oomKill, cpus, cpuWeight, io, diskMb, wallMs } = given;
  const whole = (name: string, of: unknown, min: number, max: number) =>
    checks.number(of, `limits.${name}`, { min, max });
  return {
    memoryMb: whole("memoryMb", memoryMb, 4, maxMb),
    pids: whole("pids", pids, 2, 2 ** 22),
    ...(swapMb !== undefined && { swapMb: whole("swapMb", swapMb, 0, maxMb) }),
    ...(oomKill !== undefined && {
      oomKill: checks.oneOf(oomKill, "limits.oomKill", ["process", "sandbox"]),
    }),
    ...(cpus !== undefined && {
      cpus: checks.number(cpus, "limits.cpus", { min: 0.01, max: 4096, integer: false }),
    }),
    ...(cpuWeight !== undefined && { cpuWeight: whole("cpuWeight", cpuWeight, 1, 10_000) }),
    ...(io !== undefined && { io: parseIo(io) }),
    ...(diskMb !== undefined && { diskMb: whole("diskMb", diskMb, 1, maxDiskMb) }),
    ...(wallMs !== undefined && { wallMs: whole("wallMs", wallMs, 1, maxMs) }),
  };
}
