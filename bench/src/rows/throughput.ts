import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { createSandbox } from "@cloison/sandbox";
import { type Benchmark, timeInTurn, toRow } from "../row.ts";

const carriedMb = 512;
const runs = 7;
const peer = "plain child";
/** At least 0.7 times what a child of Node's own carries. */
const budget = { peer, ratio: 1 / 0.7 };
const bytesPerMb = 2 ** 20;

interface Streams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

type Start = (words: readonly string[]) => Promise<Streams>;

/** Milliseconds until all of a program's output was read. */
async function read(start: Start): Promise<number> {
  const { stdout, stderr } = await start(["head", "-c", String(carriedMb * bytesPerMb), "/dev/zero"]);
  const begin = performance.now();
  let bytes = 0;
  stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stderr.resume();
  await once(stdout, "end");
  if (bytes !== carriedMb * bytesPerMb) throw new RangeError(`${bytes} bytes came`);
  return performance.now() - begin;
}

/** Milliseconds until a program has read all of its input. */
async function write(start: Start): Promise<number> {
  const { stdin, stdout, stderr } = await start(["sh", "-c", "cat > /dev/null"]);
  const begin = performance.now();
  const chunk = Buffer.alloc(bytesPerMb / 4);
  stdout.resume();
  stderr.resume();
  for (let left = carriedMb * 4; left > 0; left--) if (!stdin.write(chunk)) await once(stdin, "drain");
  stdin.end();
  await once(stdout, "end");
  return performance.now() - begin;
}

async function startPlain([program = "", ...words]: readonly string[]): Promise<Streams> {
  return spawn(program, words);
}

/** What goes from a command to the host and back, against a child process and its pipes as Node makes them. */
export const throughput: Benchmark = async () => {
  await using sandbox = await createSandbox();
  const startInside: Start = (words) => sandbox.commands.start(words);
  const reading = await timeInTurn(runs, { ours: () => read(startInside), [peer]: () => read(startPlain) });
  const writing = await timeInTurn(runs, { ours: () => write(startInside), [peer]: () => write(startPlain) });
  const measured = (name: string, { ours = [], ...peers }: Record<string, number[]>) =>
    ({ name: `sandbox.${name}-${carriedMb}mb`, unit: "ms", values: ours, peers }) as const;
  return [
    toRow({ ...measured("stdout-throughput", reading), budget }),
    toRow(measured("stdin-throughput", writing)),
  ];
};
