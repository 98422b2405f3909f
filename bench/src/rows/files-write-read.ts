import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "@cloison/sandbox";
import { type Benchmark, timeInBlocks, toRow } from "../row.ts";

const blocks = 5;
const runs = 200;
const data = Buffer.alloc(1024, "x");
/** Milliseconds, of writing and reading together. */
const budget = 1;

/** A file of 1 kB written and read back, against the same by Node on the host: a new file that takes the old one's place. */
export const filesWriteRead: Benchmark = async () => {
  const directory = await mkdtemp(join(tmpdir(), "cloison-bench-"));
  await using sandbox = await createSandbox({
    mounts: [{ source: directory, target: "/workspace", access: "rw" }],
  });
  const onHost = join(directory, "host");
  const { times, failed } = await timeInBlocks(blocks, [
    {
      runs,
      actions: {
        ours: async () => {
          await sandbox.files.write("ours", data);
          await sandbox.files.read("ours", { format: "bytes" });
        },
        "node fs": async () => {
          await writeFile(`${onHost}.new`, data);
          await rename(`${onHost}.new`, onHost);
          await readFile(onHost);
        },
      },
    },
  ]);
  await rm(directory, { recursive: true });
  const { ours = [], ...peers } = times;
  return [toRow({ name: "files.write-read-1k", unit: "ms", values: ours, peers, without: failed, budget })];
};
