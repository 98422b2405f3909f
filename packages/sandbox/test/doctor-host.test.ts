import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { HostReport } from "../src/doctor/host-report.ts";
import { type HostOptions, type Lane, lanes, useHost } from "./support/as-user.ts";

const folder = mkdtempSync(join(tmpdir(), "cloison-doctor-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

const filter = join(folder, "refuse-namespaces");
const source = join(import.meta.dirname, "support/refuse-namespaces.c");
const compiled = spawnSync("cc", ["-Wall", "-Wextra", "-Werror", "-o", filter, source], { encoding: "utf8" });

const stateOf = (report: HostReport) =>
  Object.fromEntries(report.layers.map(({ name, state }) => [name, state]));
const fixOf = (report: HostReport, layer: string) => report.layers.find(({ name }) => name === layer)?.fix;

/** What every lane of a machine that can run these tests has. */
const isolation = {
  system: "ok",
  "user namespaces": "ok",
  namespaces: "ok",
  mounts: "ok",
  proc: "ok",
  privileges: "ok",
  seccomp: "ok",
};

for (const lane of lanes) {
  describe.skipIf(lane.skipped !== undefined)(`this machine ${lane.title}`, () => {
    const { evaluate } = useHost(lane);

    test("is told as it is, and has run a sandbox in the end", async () => {
      const report = await evaluate(({ library }) => library.checkHost());
      expect(stateOf(report)).toMatchObject(isolation);
      const bestEffort = lane.kind === "user";
      if (lane.kind !== "self") expect(report).toMatchObject({ ready: true, bestEffortOnly: bestEffort });
      expect(stateOf(report).limits === "missing").toBe(report.bestEffortOnly);
      expect(report.layers.at(-1)).toMatchObject({
        name: "sandbox",
        state: bestEffort ? "limited" : "ok",
        detail: expect.stringMatching(/^made, and ran a command, in \d+ ms/),
      });
    });

    test("has a fix for every lack, and none where nothing is lacking", async () => {
      const { layers } = await evaluate(({ library }) => library.checkHost());
      for (const { name, state, fix } of layers) expect(fix === undefined, name).toBe(state === "ok");
    });

    test("is left as it was", async () => {
      const left = await evaluate(async ({ library, fs, until }) => {
        const before = fs.readdirSync("/proc/self/fd").length;
        await library.checkHost();
        const children = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
        await until(() => children() === "" && fs.readdirSync("/proc/self/fd").length <= before);
        return { children: children(), more: fs.readdirSync("/proc/self/fd").length > before };
      });
      expect(left).toEqual({ children: "", more: false });
    });
  });
}

/** Shell words that run a program in namespaces of its own after some preparation. */
function prepared(options: readonly string[], preparation: string): HostOptions {
  return { wrapper: ["unshare", ...options, "sh", "-c", `${preparation}; exec "$0" "$@"`] };
}

interface Worse {
  readonly name: string;
  readonly kind: Lane["kind"];
  readonly options: HostOptions;
  readonly control?: HostOptions;
  readonly layer: string;
  readonly fix: RegExp;
}

/** This machine made worse, for real. */
const worse: readonly Worse[] = [
  {
    name: "where no user namespace may be made",
    kind: "user",
    options: prepared(["-Ur"], "echo 0 > /proc/sys/user/max_user_namespaces"),
    control: prepared(["-Ur"], ":"),
    layer: "user namespaces",
    fix: /user\.max_user_namespaces=15000/,
  },
  {
    name: "under a container runtime's filter",
    kind: "user",
    options: { wrapper: [filter] },
    layer: "user namespaces",
    fix: /--security-opt seccomp=unconfined/,
  },
  {
    name: "as root of a user namespace with one id",
    kind: "user",
    options: prepared(["-Ur"], ":"),
    layer: "ids",
    fix: /too few ids/,
  },
  {
    name: "as root without capabilities",
    kind: "root",
    options: { wrapper: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] },
    layer: "ids",
    fix: /CAP_SYS_ADMIN/,
  },
  {
    name: "where /proc is covered in part",
    kind: "root",
    options: prepared(["-m"], "mount -t tmpfs none /proc/tty"),
    control: prepared(["-m"], ":"),
    layer: "proc",
    fix: /\/proc|systempaths=unconfined/,
  },
];

for (const { name, kind, options, control, layer, fix } of worse) {
  const lane = lanes.find((each) => each.kind === kind);
  const cannot = lane === undefined ? "needs root to start a process as another user" : lane.skipped;
  describe.skipIf(lane === undefined || lane.skipped !== undefined)(
    `this machine made worse: ${name}${cannot === undefined ? "" : ` (skipped: ${cannot})`}`,
    () => {
      if (lane === undefined) return;
      const bad = useHost(lane, options);
      const good = useHost(lane, control);

      test("is not ready, and is told which layer is missing and its fix", async () => {
        expect(compiled.stderr).toBe("");
        expect(existsSync(filter)).toBe(true);
        const report = await bad.evaluate(({ library }) => library.checkHost());
        expect(report).toMatchObject({ ready: false, bestEffortOnly: false });
        expect(stateOf(report)).toMatchObject({ [layer]: "missing", sandbox: "missing" });
        expect(fixOf(report, layer)).toMatch(fix);
        // The library agrees: it makes no sandbox there, not even with best effort.
        const made = bad.evaluate(({ library }) => library.createSandbox({ enforce: "best-effort" }));
        await expect(made).rejects.toMatchObject({ code: "SANDBOX_START" });
      });

      test("has that layer without what makes it worse", async () => {
        const report = await good.evaluate(({ library }) => library.checkHost());
        expect(stateOf(report)[layer]).not.toBe("missing");
      });
    },
  );
}
