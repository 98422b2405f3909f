import { existsSync } from "node:fs";
import type { Sandbox, SandboxLimits } from "#sandbox";
import { assertHostServes } from "../bomb.ts";
import { AttackCorpusError } from "../errors.ts";
import {
  type Act,
  type Probe,
  type ProbeContext,
  programInside,
  refused,
  succeeded,
  type Trial,
} from "../probe.ts";

/** Far above what an end takes, on an emulated processor as well; below the time that the acts last. */
const boundMs = 8_000;
const pollMs = 20;

function within<T>(promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), boundMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Starts an act that lasts and waits until it says so. */
async function begin(sandbox: Sandbox, act: Act): Promise<void> {
  const { stdout } = await sandbox.commands.start([programInside, ...act]);
  for await (const _chunk of stdout.iterator({ destroyOnReturn: false })) return;
  throw new AttackCorpusError(`the act ${act.join(" ")} did not begin`);
}

/** Waits until more than one process of the act is there: how the host sees that it runs. */
async function runs(sandbox: Sandbox, act: Act): Promise<Trial> {
  await begin(sandbox, act);
  for (const end = performance.now() + boundMs; performance.now() < end; ) {
    const { stdout } = await sandbox.commands
      .run("ls -d /proc/[0-9]* | wc -l")
      .catch(() => ({ stdout: "0" }));
    if (Number(stdout) > 4) return succeeded(`${Number(stdout)} processes`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return refused("its processes were not seen");
}

interface StubbornProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  readonly act: Act;
  readonly limits?: SandboxLimits;
  /** How it is ended; resolves when it has. */
  end(sandbox: Sandbox): Promise<unknown>;
}

/** Processes that would rather not end. */
function stubbornProbe({ act, end, limits, ...row }: StubbornProbe): Probe {
  const setup = { limits: { pids: 64, ...limits } };
  return {
    ...row,
    area: "resources",
    async attack(context: ProbeContext) {
      const trial = await context.withSandbox(async (sandbox) => {
        await begin(sandbox, act);
        const ended = await within(end(sandbox).then(() => true));
        if (ended === undefined) return succeeded(`it had not ended after ${boundMs / 1000} s`);
        return existsSync(`/proc/${sandbox.pid}`)
          ? succeeded("its PID 1 is still there")
          : refused("it ended");
      }, setup);
      await assertHostServes(context);
      return trial;
    },
    control: (context) => context.withSandbox((sandbox) => runs(sandbox, act), { limits: { pids: 512 } }),
  };
}

export const stubbornProbes: readonly Probe[] = [
  stubbornProbe({
    id: "fork-for-ever",
    title: "a fork bomb that is ended",
    method: "processes that all fork again whenever they can, while the sandbox is killed",
    source: "fork(2); a pid namespace ends with its PID 1",
    act: ["fork-for-ever", "400"],
    end: (sandbox) => sandbox.kill(),
  }),
  stubbornProbe({
    id: "busy-processes",
    title: "busy processes that ignore every signal",
    method:
      "24 processes in sessions of their own use the processor and ignore signals, while the sandbox is killed",
    source: "signal(7)",
    act: ["hogs", "24"],
    end: (sandbox) => sandbox.kill(),
  }),
  stubbornProbe({
    id: "busy-past-time",
    title: "busy processes past their time",
    method: "24 busy processes in a sandbox whose wallMs is over",
    source: "poll(2) of the launcher, which is outside",
    act: ["hogs", "24"],
    // Time for the act to begin on an emulated processor, and less than it lasts.
    limits: { wallMs: 4_000 },
    end: (sandbox) => sandbox.closed,
  }),
  stubbornProbe({
    id: "stopped-processes",
    title: "processes that have stopped themselves",
    method: "24 processes that stopped with SIGSTOP and answer nothing, while the sandbox is killed",
    source: "signal(7), SIGKILL ends what is stopped",
    act: ["stopped", "24"],
    end: (sandbox) => sandbox.kill(),
  }),
];
