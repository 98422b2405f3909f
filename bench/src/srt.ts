import { fork } from "node:child_process";
import { once } from "node:events";

/** What srt's process does on a message: see srt-process.ts. `once` is start, run and end. */
export type SrtAct = "lack" | "start" | "run" | "end" | "once";

export interface SrtAnswer {
  /** What the act took. */
  readonly ms: number;
  readonly lack?: string;
  readonly error?: string;
}

/** Anthropic's sandbox-runtime, in a process of its own as its users have it. */
export interface Srt {
  /** Why it cannot run here; undefined where it can. */
  readonly lack: string | undefined;
  /** @returns the milliseconds that it took, by the clock of srt's process */
  act(act: Exclude<SrtAct, "lack">): Promise<number>;
  close(): Promise<void>;
}

export async function openSrt(): Promise<Srt> {
  const child = fork(new URL("srt-process.ts", import.meta.url));
  const ask = async (act: SrtAct): Promise<SrtAnswer> => {
    child.send(act);
    const [answer] = await once(child, "message");
    return answer;
  };
  const { lack } = await ask("lack");
  return {
    lack,
    async act(act) {
      const { ms, error } = await ask(act);
      if (error !== undefined) throw new TypeError(`srt: ${error}`);
      return ms;
    },
    async close() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}
