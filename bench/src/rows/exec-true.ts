import { createSandbox } from "@cloison/sandbox";
import { runProcess } from "../processes.ts";
import { type Benchmark, timeInBlocks, toRow } from "../row.ts";
import { openSrt } from "../srt.ts";

const blocks = 5;
const srtCommand = "srt command";
/** Milliseconds. */
const budget = 4;

/**
 * One more command in a living sandbox, against the same program started by Node with nothing around it, and
 * against a command of srt's once its proxies run.
 */
export const execTrue: Benchmark = async () => {
  await using sandbox = await createSandbox();
  const srt = await openSrt();
  if (srt.lack === undefined) await srt.act("start");
  const { times, failed } = await timeInBlocks(blocks, [
    {
      runs: 40,
      actions: {
        ours: async () => void (await sandbox.commands.run(["/bin/true"])),
        "node spawn": () => runProcess("/bin/true", []),
      },
    },
    ...(srt.lack === undefined
      ? [{ runs: 10, peer: true, actions: { [srtCommand]: () => srt.act("run") } }]
      : []),
  ]);
  await srt.close();
  const { ours = [], ...peers } = times;
  const without = srt.lack === undefined ? failed : { [srtCommand]: srt.lack };
  return [toRow({ name: "sandbox.exec-true", unit: "ms", values: ours, peers, without, budget })];
};
