import { type Probe, type ProbeContext, programInside, refused, succeeded } from "../probe.ts";

/** Starts a process, lets another kill all that it can, and tells what is left. */
async function killEverybody(context: ProbeContext) {
  return context.withSandbox(async (sandbox) => {
    const bystander = await sandbox.commands.start(["sleep", "60"]);
    await sandbox.commands.run([programInside, "kill-everybody", "9"]);
    const again = await sandbox.commands.run(["true"]).catch(() => undefined);
    const living = again?.exitCode === 0;
    return { living, bystander: living ? (await bystander.wait()).signal : undefined };
  });
}

/** Processes of the same sandbox, and of the host. */
export const processProbes: readonly Probe[] = [
  {
    id: "kill-everybody",
    area: "processes",
    title: "SIGKILL for everybody",
    method: "kill(-1, SIGKILL), to end PID 1 and the sandbox's guardian with it",
    source: "kill(2); PID 1 of a namespace must not be ended from inside",
    attack: async (context) =>
      (await killEverybody(context)).living
        ? refused("PID 1 lives and serves")
        : succeeded("the sandbox ended"),
    control: async (context) => {
      const { bystander } = await killEverybody(context);
      return bystander === "SIGKILL"
        ? succeeded("a bystander was killed")
        : refused(`bystander: ${bystander}`);
    },
  },
];
