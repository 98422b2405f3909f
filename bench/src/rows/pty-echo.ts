import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createSandbox, type PtyHandle } from "@cloison/sandbox";
import { type Benchmark, timeInBlocks, toRow } from "../row.ts";

const blocks = 5;
/** Milliseconds. */
const budget = 2;

/**
 * One key typed into a terminal of a living sandbox until the program there has given it back, against a program that
 * Node started with pipes and nothing around it.
 */
export const ptyEcho: Benchmark = async () => {
  await using sandbox = await createSandbox();
  const pty = await sandbox.pty.create({ command: "stty raw -echo; printf .; exec cat" });
  await nextOf(pty);
  const piped = spawn("/bin/cat", { stdio: ["pipe", "pipe", "ignore"] });
  const { times, failed } = await timeInBlocks(blocks, [
    {
      runs: 200,
      actions: {
        ours: async () => {
          const shown = nextOf(pty);
          void pty.write("x");
          await shown;
        },
        "node pipe": () => throughPipe(piped),
      },
    },
  ]);
  piped.kill();
  const { ours = [], ...peers } = times;
  return [toRow({ name: "pty.echo", unit: "ms", values: ours, peers, without: failed, budget })];
};

function nextOf(pty: PtyHandle): Promise<void> {
  return new Promise((resolve) => {
    const stop = pty.onData(() => {
      stop();
      resolve();
    });
  });
}

async function throughPipe({ stdin, stdout }: ChildProcess): Promise<void> {
  if (stdin === null || stdout === null) return;
  const shown = once(stdout, "data");
  stdin.write("x");
  await shown;
}
