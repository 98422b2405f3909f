import { trialOf } from "../acts.ts";
import { nativeProbes } from "../native-probe.ts";
import { type Probe, programInside, skipped } from "../probe.ts";

const area = "resources";

const dumpCore: Probe = {
  id: "core-dump",
  area,
  title: "a crash that the host handles",
  method:
    "crash with memory of the attacker's choice, which the kernel writes to a file or gives to a handler as root",
  source: "CVE-2025-4598, CVE-2025-5054: systemd-coredump and apport; core(5)",
  light: true,
  attack: (context) => context.inside("dump-core", context.stage.inside.workspace),
  async control(context) {
    const trial = await context.outside("dump-core", context.stage.outside.workspace);
    return trial.outcome === "refused" ? skipped("this host keeps no core dumps either") : trial;
  },
};

/** Real time needs a host that has it to give: a limit of its own above 0, as audio groups and some services have. */
const realTime: Probe = {
  id: "real-time",
  area,
  title: "real time, where the host may have it",
  method:
    "sched_setscheduler(2) SCHED_FIFO and a lower nice value under a host whose RLIMIT_RTPRIO and RLIMIT_NICE allow both",
  source: "sched(7): a real-time process comes before all others of the machine",
  async attack(context) {
    const granted = await context.outside("grant-real-time", String(process.pid), "1");
    if (granted.outcome !== "succeeded")
      return skipped(`this host cannot be given real time: ${granted.detail}`);
    return context
      .withSandbox(async (sandbox) => {
        const { exitCode, stdout } = await sandbox.commands.run([programInside, "real-time"]);
        return trialOf(exitCode, stdout, "real-time");
      })
      .finally(() => context.outside("grant-real-time", String(process.pid), "0"));
  },
  control: (context) => context.outside("real-time"),
};

const others = nativeProbes(area, [
  {
    id: "less-nice",
    title: "a claim before the host's processes",
    method: "setpriority(2) of -5",
    source: "setpriority(2)",
    controls: ["outside"],
    forRoot: true,
  },
]);

/** What a program may claim by how the host was started. */
export const claimProbes: readonly Probe[] = [dumpCore, realTime, ...others];
