import { createSandbox } from "@cloison/sandbox";
import { runProcess } from "../processes.ts";
import { type Benchmark, timeInBlocks, toRow } from "../row.ts";
import { openSrt, srtLack } from "../srt.ts";

const blocks = 5;
/** Milliseconds. */
const budget = 4;

/**
 * One more command in a living sandbox, against the same program started by Node with nothing around it, and
 * against a command of srt's once its proxies run.
 */
export const execTrue: Benchmark = async () => {
  await using sandbox = await createSandbox();
  const lack = srtLack();
  const srt = lack === undefined ? await openSrt() : undefined;
  const { ours = [], ...peers } = await timeInBlocks(blocks, [
    {
      runs: 40,
      actions: {
        ours: async () => void (await sandbox.commands.run(["/bin/true"])),
        "node spawn": () => runProcess("/bin/true", []),
      },
    },
    ...(srt === undefined ? [] : [{ runs: 10, actions: { "srt command": () => srt.run("/bin/true") } }]),
  ]);
  await srt?.close();
  const without = lack === undefined ? {} : { "srt command": lack };
  return [toRow({ name: "sandbox.exec-true", unit: "ms", values: ours, peers, without, budget })];
};
