import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import * as library from "../../src/index.ts";
import { recordTerminal, type TerminalRecord } from "./record-terminal.ts";
import { waitMs } from "./this-machine.ts";

/** What the functions of a test find in the process that runs them; see `evaluate` in hosts.ts. */
export interface HostTools {
  readonly library: typeof library;
  readonly fs: typeof fs;
  readonly net: typeof net;
  readonly spawn: typeof spawn;
  readonly createHash: typeof createHash;
  readonly once: typeof once;
  /** How this host makes its sandboxes, with the probe at {@link probeInside}. */
  readonly defaults: library.SandboxOptions;
  /** Options that bring Node to /opt/node. */
  readonly withNode: library.SandboxOptions;
  /** The probe on the host, for controls. */
  readonly probe: string;
  /** Makes a sandbox and ends it after the body. */
  withSandbox<T>(options: library.SandboxOptions, body: (sandbox: library.Sandbox) => Promise<T>): Promise<T>;
  /** What one function leaves for a later one to find. */
  readonly kept: library.Sandbox[];
  /** A sandbox with the probe inside; it is the body's to end. */
  create(options?: library.SandboxOptions): Promise<library.Sandbox>;
  /** Standard output of a command that must succeed, without white space around it. */
  output(sandbox: library.Sandbox, command: string | readonly string[]): Promise<string>;
  /** What the probe prints on the host: the control. */
  outside(...words: string[]): string;
  /** Polls until a condition holds; false when it never will. */
  until(condition: () => unknown): Promise<boolean>;
  /**
   * What a body gives for a time in which it gets as far as it has to: how fast a machine is at this moment, nobody
   * knows. The time is twice as long whenever it gave nothing, or found its sandbox ended or paused already.
   */
  withEnoughTime<T>(body: (ms: number) => Promise<T | undefined>): Promise<T>;
  /** `code` of the error that a promise rejects with, or its value. */
  codeOf(promise: Promise<unknown>): Promise<unknown>;
  recordTerminal(pty: library.PtyHandle): TerminalRecord;
  /** Watches this process's memory; what it gives tells by how many MB that has grown at most meanwhile. */
  watchMemory(): () => number;
  /** What a command prints up to this text, or up to its end. */
  waitForText(handle: Pick<library.CommandHandle, "stdout">, text: string): Promise<string>;
}

const pollMs = 3;

function isOfTimeOver({ code, message }: NodeJS.ErrnoException): boolean {
  return ["SANDBOX_CLOSED", "SANDBOX_PAUSED"].includes(code ?? "") || message.includes("its time was over");
}

/** Where the probe lies inside. */
export const probeInside = "/opt/probe";

export function createHostTools(probe: string, enforce: "required" | "best-effort"): HostTools {
  const mount = { source: probe, target: probeInside, access: "ro" } as const;
  const defaults: library.SandboxOptions = { enforce, mounts: [mount] };
  const tools: HostTools = {
    library,
    fs,
    net,
    spawn,
    createHash,
    once,
    defaults,
    withNode: {
      mounts: [{ source: process.execPath, target: "/opt/node", access: "ro" }],
    },
    probe,
    kept: [],
    create: (options = {}) =>
      library.createSandbox({ ...defaults, ...options, mounts: [mount, ...(options.mounts ?? [])] }),
    async withSandbox(options, body) {
      const sandbox = await tools.create(options);
      try {
        return await body(sandbox);
      } finally {
        await sandbox.kill();
      }
    },
    async output(sandbox, command) {
      const result = await sandbox.commands.run(command);
      if (result.exitCode === 0) return result.stdout.trim();
      throw new TypeError(`${JSON.stringify(command)} ended with ${JSON.stringify(result)}`);
    },
    outside: (...words) => spawnSync(probe, words, { encoding: "utf8" }).stdout.trim(),
    async until(condition) {
      for (const end = performance.now() + waitMs; !(await condition()); await delay(pollMs))
        if (performance.now() > end) return false;
      return true;
    },
    async withEnoughTime(body) {
      for (let ms = 150; ; ms *= 2) {
        const seen = await body(ms).catch((error) => {
          if (!isOfTimeOver(error)) throw error;
        });
        if (seen !== undefined) return seen;
      }
    },
    codeOf: (promise) =>
      promise.then(
        (value) => value,
        (error) => error.code ?? String(error),
      ),
    recordTerminal,
    watchMemory() {
      const rss = () => process.memoryUsage.rss() / 2 ** 20;
      const before = rss();
      let most = before;
      const look = () => {
        most = Math.max(most, rss());
      };
      const timer = setInterval(look, 5);
      return () => {
        clearInterval(timer);
        look();
        return most - before;
      };
    },
    async waitForText(handle, text) {
      let seen = "";
      for await (const chunk of handle.stdout.iterator({ destroyOnReturn: false })) {
        seen += chunk;
        if (seen.includes(text)) break;
      }
      return seen;
    },
  };
  return tools;
}
