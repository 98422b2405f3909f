import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HostReport } from "../src/doctor/host-report.ts";
import { type Host, type HostOptions, type Lane, lanes, startHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";

let copy = "";
beforeAll(() => {
  copy = makeCopy();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

async function withHost<T>(lane: Lane, options: HostOptions, body: (host: Host) => Promise<T>): Promise<T> {
  const host = await startHost(lane, copy, options);
  try {
    return await body(host);
  } finally {
    await host.stop();
  }
}

const check = (host: Host) => host.evaluate(({ library }) => library.checkHost());
const stateOf = (report: HostReport) =>
  Object.fromEntries(report.layers.map(({ name, state }) => [name, state]));

/** What every lane of a machine that can run these tests has. */
const isolation = {
  system: "ok",
  "user namespaces": "ok",
  namespaces: "ok",
  mounts: "ok",
  proc: "ok",
  "writable system": "ok",
  privileges: "ok",
  seccomp: "ok",
};

for (const lane of lanes) {
  test.skipIf(lane.skipped !== undefined)(
    `this machine ${lane.title} is told as it is, has run a sandbox in the end, and is left as it was`,
    async () => {
      const { report, left } = await withHost(lane, {}, async (host) => {
        const report = await check(host);
        const left = await host.evaluate(async ({ library, fs, until }) => {
          const before = fs.readdirSync("/proc/self/fd").length;
          await library.checkHost();
          const children = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
          await until(() => children() === "" && fs.readdirSync("/proc/self/fd").length <= before);
          return { children: children(), more: fs.readdirSync("/proc/self/fd").length > before };
        });
        return { report, left };
      });
      expect(left).toEqual({ children: "", more: false });
      expect(stateOf(report)).toMatchObject(isolation);
      for (const { name, state, fix } of report.layers) expect(fix === undefined, name).toBe(state === "ok");
      const bestEffort = lane.kind === "self" ? report.bestEffortOnly : lane.kind === "user";
      expect(report).toMatchObject({ ready: true, bestEffortOnly: bestEffort });
      expect(stateOf(report).limits === "missing").toBe(bestEffort);
      const detail = expect.stringMatching(/^made, and ran a command, in \d+ ms/);
      expect(report.layers.at(-1)).toMatchObject({ state: bestEffort ? "limited" : "ok", detail });
    },
  );
}

/** Runs a program in namespaces of its own after some preparation. */
function prepared(options: readonly string[], preparation: string): HostOptions {
  return { wrapper: ["unshare", ...options, "sh", "-c", `${preparation}; exec "$0" "$@"`] };
}

interface Worse {
  readonly name: string;
  readonly kind: Lane["kind"];
  readonly options: () => HostOptions;
  /** The same without what makes it worse. */
  readonly control?: HostOptions;
  readonly layer: string;
  readonly fix: RegExp;
}

/** This machine made worse, for real. */
const worse: readonly Worse[] = [
  {
    name: "where no user namespace may be made",
    kind: "user",
    options: () => prepared(["-Ur"], "echo 0 > /proc/sys/user/max_user_namespaces"),
    control: prepared(["-Ur"], ":"),
    layer: "user namespaces",
    fix: /user\.max_user_namespaces=15000/,
  },
  {
    name: "under a container runtime's filter",
    kind: "user",
    options: () => ({ wrapper: [join(copy, "probe"), "refuse-namespaces"] }),
    layer: "user namespaces",
    fix: /--security-opt seccomp=unconfined/,
  },
  {
    name: "as root of a user namespace with one id",
    kind: "user",
    options: () => prepared(["-Ur"], ":"),
    layer: "ids",
    fix: /too few ids/,
  },
  {
    name: "as root without capabilities",
    kind: "root",
    options: () => ({ wrapper: [join(copy, "probe"), "without-capabilities"] }),
    layer: "ids",
    fix: /CAP_SYS_ADMIN/,
  },
  {
    name: "where /proc is covered in part",
    kind: "root",
    options: () => prepared(["-m"], "mount -t tmpfs none /proc/tty"),
    control: prepared(["-m"], ":"),
    layer: "proc",
    fix: /\/proc|systempaths=unconfined/,
  },
];

describe("this machine made worse", () => {
  for (const { name, kind, options, control = {}, layer, fix } of worse) {
    const lane = lanes.find((each) => each.kind === kind);
    const cannot = lane === undefined ? `nobody is ${kind} in this run` : lane.skipped;
    const title = `${name}: ${layer} is told as missing, with the fix${cannot === undefined ? "" : ` (skipped: ${cannot})`}`;
    test.skipIf(cannot !== undefined)(title, async () => {
      if (lane === undefined) return;
      await withHost(lane, options(), async (host) => {
        const report = await check(host);
        expect(report).toMatchObject({ ready: false, bestEffortOnly: false });
        expect(stateOf(report)).toMatchObject({ [layer]: "missing", sandbox: "missing" });
        expect(report.layers.find((each) => each.name === layer)?.fix).toMatch(fix);
        // The library agrees: it makes no sandbox there, not even with best effort.
        const made = host.evaluate(({ library }) => library.createSandbox({ enforce: "best-effort" }));
        await expect(made).rejects.toMatchObject({ code: "SANDBOX_START" });
      });
      const better = await withHost(lane, control, check);
      expect(stateOf(better)[layer]).not.toBe("missing");
    });
  }
});
