import { createSandbox } from "@cloison/sandbox";
import { runProcess } from "../processes.ts";
import { type Benchmark, timeRuns, toRow } from "../row.ts";

const runs = 200;

/** One more command in a living sandbox, against the same program started by Node with nothing around it. */
export const execTrue: Benchmark = async () => {
  await using sandbox = await createSandbox();
  const values: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run++) {
    values.push(
      ...(await timeRuns(1, async () => void (await sandbox.commands.run(["/bin/true"])), run === 0 ? 5 : 0)),
    );
    bare.push(...(await timeRuns(1, () => runProcess("/bin/true", []), run === 0 ? 5 : 0)));
  }
  return [toRow({ name: "sandbox.exec-true", unit: "ms", values, peers: { "node spawn": bare } })];
};
