// One benchmark in a process of its own: what starts a child process takes longer the more its memory holds.
//
//   run-one.ts NAME
import { benchmarks } from "./benchmarks.ts";

const load = benchmarks[process.argv[2] ?? ""];
if (load === undefined) throw new TypeError("run-one.ts is started by main.ts with a benchmark's name");
const benchmark = await load();
process.send?.(await benchmark());
process.disconnect();
