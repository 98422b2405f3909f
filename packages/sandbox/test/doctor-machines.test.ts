import { expect, test } from "vitest";
import { examine } from "../src/doctor/check-host.ts";
import { type Description, describeHost } from "./support/described-host.ts";
import { allInside, bestEffort, noSandbox } from "./support/machines.ts";
import { isolationMachines } from "./support/machines-isolation.ts";
import { limitsMachines } from "./support/machines-limits.ts";

async function examined(description: Description) {
  const report = await examine(describeHost(description));
  const layer = (name: string) => report.layers.find((each) => each.name === name);
  const bad = report.layers
    .filter(({ state }) => state !== "ok")
    .map(({ name, state }) => `${name}: ${state}`);
  return { ...report, layer, bad };
}

test("a ready machine lacks nothing, and the sandbox is the last word", async () => {
  const report = await examined({});
  expect(report.bad).toEqual([]);
  expect(report).toMatchObject({ ready: true, bestEffortOnly: false });
  expect(report.layers.at(-1)).toEqual({ name: "sandbox", state: "ok", detail: "made, and ran a command" });
});

test.each([...isolationMachines, ...limitsMachines])(
  "%s is told, with the fix",
  async (_machine, description, name, state, fix) => {
    const report = await examined(description);
    expect(report.layer(name)).toMatchObject({ state, fix: expect.stringMatching(fix) });
    expect(report.ready).toBe(description.sandbox !== noSandbox.sandbox);
    expect(report.bestEffortOnly).toBe(description.sandbox === bestEffort.sandbox);
    // What the ready machine has is not called a lack: only layers that need the missing one are.
    // Quotas of a disk are root's alone, and not of every file system's.
    const bad = report.bad.filter((each) => name === "disk" || each !== "disk: limited");
    if (state === "limited") expect(bad).toEqual([`${name}: limited`]);
    for (const layer of report.layers) expect(layer.state === "ok").toBe(layer.fix === undefined);
  },
);

test("a path with a pattern's characters attaches the profile to that file alone", async () => {
  const { layer } = await examined({
    ...noSandbox,
    uid: 1000,
    launcher: { path: "/home/o'neil/[a] {b}/cloison-launcher", linking: "static" },
    files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1" },
    failing: allInside("clone", "EACCES"),
  });
  expect(layer("user namespaces")?.fix).toContain(
    String.raw`profile cloison-launcher "/home/o'\''neil/\[a\] \{b\}/cloison-launcher" flags=(unconfined) {`,
  );
});

test("where the profile is installed, the restriction of others is no lack", async () => {
  const { bad } = await examined({
    uid: 1000,
    files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1" },
  });
  expect(bad).not.toContain("user namespaces: missing");
});

test("a layer is not called there when what it needs is missing", async () => {
  const { bad } = await examined({ ...noSandbox, failing: allInside("clone", "EPERM") });
  expect(bad).toEqual(
    [
      "user namespaces",
      "ids",
      "namespaces",
      "mounts",
      "proc",
      "workspace ids",
      "writable system",
      "sandbox",
    ].map((name) => `${name}: missing`),
  );
});

test("what ends a group is told: the kernel since 5.14, signals before", async () => {
  const told = async (release: string) => {
    const { layer } = await examined({ files: { "/proc/sys/kernel/osrelease": release } });
    return layer("limits");
  };
  expect(await told("5.14.0-503.el9")).toMatchObject({
    state: "ok",
    detail: expect.stringMatching(/; cgroup\.kill$/),
  });
  expect(await told("5.13.0")).toMatchObject({
    state: "ok",
    detail: expect.stringContaining("no cgroup.kill"),
  });
});
