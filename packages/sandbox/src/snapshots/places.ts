import { lstatSync } from "node:fs";
import type { LivingSandbox } from "../living-sandbox.ts";
import { isBelow } from "../options/host-path.ts";
import type { ParsedMount } from "../options/mounts.ts";
import type { CapturedTree } from "./manifest.ts";

/** A directory of a sandbox whose content a snapshot keeps. */
export interface Place {
  readonly target: string;
  readonly kind: CapturedTree["kind"];
  /** Of the host; undefined where it is in the sandbox's view alone. */
  readonly source: string | undefined;
  /** Whether it is there when the sandbox is not any more. */
  readonly lasting: boolean;
  /** Paths in it of what is mounted there, which is no part of it. */
  readonly kept: readonly string[];
}

/** In memory, and the sandbox's from its first moment on. */
const memoryTargets = ["/home/agent", "/tmp"];

export function isWritableDirectory({ source, access }: ParsedMount): boolean {
  return access === "rw" && lstatSync(source, { throwIfNoEntry: false })?.isDirectory() === true;
}

function mountPlace({ target, source, lower }: ParsedMount, workDirectory: string): Place {
  const lasting = !source.startsWith(`${workDirectory}/`);
  return { target, kind: "mount", source: lower === undefined ? source : undefined, lasting, kept: [] };
}

function memoryPlace(target: string, mounts: readonly ParsedMount[]): Place {
  const within = mounts.filter((mount) => isBelow(mount.target, target));
  const kept = within.map((mount) => mount.target.slice(target.length + 1));
  return { target, kind: "memory", source: undefined, lasting: false, kept };
}

export function placesOf({ options }: LivingSandbox, workDirectory: string): Place[] {
  return [
    ...options.mounts.filter(isWritableDirectory).map((mount) => mountPlace(mount, workDirectory)),
    ...memoryTargets.map((target) => memoryPlace(target, options.mounts)),
  ];
}

/**
 * Where the launcher finds a place. Root opens what the host has, in which it may read everything; an ordinary user has
 * no more rights there than in the sandbox's view.
 */
export function locationOf({ source, target }: Place, use: "source" | "host"): string {
  return source !== undefined && process.geteuid?.() === 0 ? `${use}:${source}` : `inside:${target}`;
}
