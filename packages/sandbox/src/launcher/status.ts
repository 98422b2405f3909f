import type { Readable } from "node:stream";
import { getSystemErrorMap } from "node:util";

/** A step that failed, in the launcher's own words. */
export interface LauncherFailure {
  readonly step: string;
  readonly errno: string;
  readonly detail: string;
}

/** What the launcher tells, one line a fact. */
export type Status =
  | ({ readonly kind: "error" } & LauncherFailure)
  | { readonly kind: "init"; readonly pid: number; readonly uid: number; readonly gid: number }
  | { readonly kind: "ready" }
  | { readonly kind: "started"; readonly pid: number }
  | {
      readonly kind: "exit" | "signal";
      readonly value: number;
      readonly cpuMs: number;
      readonly maxRssKb: number;
    }
  /** A refused call: its number and the low words of its first arguments. */
  | {
      readonly kind: "denied";
      readonly number: number;
      readonly words: readonly [number, number, number, number];
    }
  | { readonly kind: "denied-more"; readonly count: number }
  /** There is no listener for refused calls. */
  | { readonly kind: "untold"; readonly errno: string }
  | { readonly kind: "disk"; readonly by: "project quota" | "watchdog" }
  /** All processes stand still; or go on, because they cannot be stopped; or go on again. */
  | { readonly kind: "paused" | "resumed" }
  | { readonly kind: "unpaused"; readonly errno: string }
  /** Bytes and files in memory and of its writable mounts; -1 where unknown. */
  | { readonly kind: "usage"; readonly figures: readonly [number, number, number, number] }
  | { readonly kind: "ended"; readonly how: string; readonly signal: number; readonly detail: string }
  /** Figures of a tree that was copied. */
  | {
      readonly kind: "copied";
      readonly files: number;
      readonly bytes: number;
      readonly links: number;
      readonly sockets: number;
      readonly devices: number;
      readonly changed: number;
    }
  | { readonly kind: "done" }
  /** What is written to the mounts is not counted for now. */
  | { readonly kind: "unwatched" }
  | { readonly kind: "act"; readonly name: string }
  | { readonly kind: "tried"; readonly done: boolean };

const errorNames = getSystemErrorMap();

export function errnoName(errno: number | undefined): string {
  return errorNames.get(-(errno ?? 0))?.[0] ?? `errno ${errno}`;
}

function parseStatus(line: string): Status | undefined {
  const [kind = "", ...fields] = line.split("\t");
  const numbers = fields.map(Number);
  switch (kind) {
    case "error":
      return {
        kind,
        step: fields[0] ?? "",
        errno: errnoName(numbers[1]),
        detail: fields.slice(2).join(" "),
      };
    case "init":
      return { kind, pid: numbers[0] ?? 0, uid: numbers[1] ?? 0, gid: numbers[2] ?? 0 };
    case "ready":
      return { kind };
    case "started":
      return { kind, pid: numbers[0] ?? 0 };
    case "exit":
    case "signal":
      return { kind, value: numbers[0] ?? 0, cpuMs: numbers[1] ?? 0, maxRssKb: numbers[2] ?? 0 };
    case "denied": {
      const [number = -1, a = 0, b = 0, c = 0, d = 0] = numbers;
      return { kind, number, words: [a, b, c, d] };
    }
    case "denied-more":
      return { kind, count: numbers[0] ?? 0 };
    case "untold":
      return { kind, errno: errnoName(numbers[0]) };
    case "ended":
      return { kind, how: fields[0] ?? "", signal: numbers[1] ?? 0, detail: fields[2] ?? "" };
    case "paused":
    case "resumed":
      return { kind };
    case "unpaused":
      return { kind, errno: errnoName(numbers[0]) };
    case "usage": {
      const [bytes = -1, files = -1, mountBytes = -1, mountFiles = -1] = numbers;
      return { kind, figures: [bytes, files, mountBytes, mountFiles] };
    }
    case "disk":
      return { kind, by: fields[0] === "quota" ? "project quota" : "watchdog" };
    case "copied": {
      const [files = 0, bytes = 0, links = 0, sockets = 0, devices = 0, changed = 0] = numbers;
      return { kind, files, bytes, links, sockets, devices, changed };
    }
    case "done":
    case "unwatched":
      return { kind };
    case "act":
      return { kind, name: fields[0] ?? "" };
    case "tried":
      return { kind, done: fields[0] === "ok" };
    default:
      return undefined;
  }
}

/** Calls `onStatus` for every line of the launcher's status descriptor. */
export function readStatus(stream: Readable, onStatus: (status: Status) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const status = parseStatus(line);
      if (status !== undefined) onStatus(status);
    }
  });
  // The launcher's end is told by its exit; a broken status pipe says nothing more.
  stream.on("error", () => {});
}
