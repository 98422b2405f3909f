import { SandboxClosedError } from "../errors.ts";
import type { Launcher } from "../launcher/spawn-launcher.ts";
import type { Status } from "../launcher/status.ts";
import type { FileCount, SandboxStats } from "../types.ts";
import { type Freezer, notFrozen } from "./freezer.ts";

/** Requests of `native/end.c`. */
const requests = { stop: "p", go: "r", usage: "u", unwatch: "o", watch: "w" } as const;

/** What the launcher of a living sandbox does for its host. */
export interface LauncherRequests {
  readonly freezer: Freezer;
  /** @throws SandboxClosedError */
  usage(): Promise<SandboxStats["disk"]>;
  /**
   * Does something while the watchdog of disk space, which there must be, does not look.
   *
   * @throws what the act throws, SandboxClosedError
   */
  unwatched<T>(act: () => Promise<T>): Promise<T>;
  /** For all status lines of the launcher; false for one that answers no request. */
  onStatus(status: Status): boolean;
}

type FreezerStatus = Extract<Status, { kind: "paused" | "unpaused" | "resumed" }>;
type UsageStatus = Extract<Status, { kind: "usage" }>;

/** Answers of one kind come in the order of their requests. */
function createLine<S>(launcher: Launcher) {
  const waiting: { resolve(status: S): void; reject(error: Error): void }[] = [];
  const closed = () => new SandboxClosedError("the sandbox has ended; make a new one");
  const rejectAll = () => {
    for (const { reject } of waiting.splice(0)) reject(closed());
  };
  launcher.closed.then(rejectAll, rejectAll);
  return {
    ask: (request: string) =>
      new Promise<S>((resolve, reject) => {
        if (!launcher.control.writable) return reject(closed());
        waiting.push({ resolve, reject });
        launcher.control.write(request);
      }),
    answer: (status: S) => waiting.shift()?.resolve(status),
  };
}

export function createLauncherRequests(launcher: Launcher): LauncherRequests {
  const freezing = createLine<FreezerStatus>(launcher);
  const counting = createLine<UsageStatus>(launcher);
  const watching = createLine<Status>(launcher);
  return {
    freezer: {
      async stop() {
        const answer = await freezing.ask(requests.stop);
        if (answer.kind === "unpaused") throw notFrozen(answer.errno);
      },
      async go() {
        await freezing.ask(requests.go);
      },
    },
    async usage() {
      const { figures } = await counting.ask(requests.usage);
      const [bytes, files, mountBytes, mountFiles] = figures;
      return { inMemory: count(bytes, files), inMounts: count(mountBytes, mountFiles) };
    },
    async unwatched(act) {
      await watching.ask(requests.unwatch);
      try {
        return await act();
      } finally {
        if (launcher.control.writable) launcher.control.write(requests.watch);
      }
    },
    onStatus(status) {
      if (status.kind === "unwatched") watching.answer(status);
      else if (status.kind === "usage") counting.answer(status);
      else if (status.kind === "paused" || status.kind === "unpaused" || status.kind === "resumed")
        freezing.answer(status);
      else return false;
      return true;
    },
  };
}

function count(bytes: number, files: number): FileCount | undefined {
  return bytes < 0 || files < 0 ? undefined : { bytes, files };
}
