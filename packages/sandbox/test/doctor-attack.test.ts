import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cliMain, runCli } from "./support/run-cli.ts";
import { cgroupsWith, descendants, isRunning, runningWith } from "./support/traces.ts";

const weakened = join(import.meta.dirname, "support/weakened-corpus.mjs");
const isRoot = process.geteuid?.() === 0;
const lanes = isRoot ? ["root", "user"] : ["user"];

/** Quick ones of the corpus. */
const ids = ["unshare-user", "mount-tmpfs-etc"];
const chosen = ["--attack", ...ids.flatMap((id) => ["--only", id])];

test("attacks that are held are told with their controls, and end well", () => {
  const { status, stdout } = runCli(["doctor", "--json", ...chosen]);
  const { escaped, total, probes, ...report } = JSON.parse(stdout);
  expect(probes).toEqual(
    lanes.flatMap((as) =>
      ids.map((id) => ({ id, as, outcome: "held", control: "succeeded", detail: expect.any(String) })),
    ),
  );
  expect({ status, escaped, total }).toEqual({ status: 0, escaped: 0, total: ids.length * lanes.length });
  expect(Object.keys(report).at(-1)).toBe("layers");
});

test("attacks are told by area and user, with totals", () => {
  const { status, stdout } = runCli(["doctor", ...chosen]);
  expect(status).toBe(0);
  for (const as of lanes) {
    const rows = `( {2}\\S+ +${as} +held +succeeded .*\\n){${ids.length}}`;
    expect(stdout).toMatch(new RegExp(`^namespaces, as ${as}\\n${rows}`, "m"));
    expect(stdout).toContain(`as ${as}: 2 attacks, 2 held, 0 escaped, 0 skipped; 0 controls failed\n`);
  }
  const all = ids.length * lanes.length;
  expect(stdout.endsWith(`None of ${all} attacks got out: ${all} held.\n`)).toBe(true);
});

test("attacks that get out are told, and end with 1", () => {
  const args = ["doctor", "--json", "--attack", "--only", "unshare-user"];
  const { status, stdout } = runCli(args, ["--import", weakened]);
  const { probes, escaped, verdict } = JSON.parse(stdout);
  expect(probes.map(({ outcome }: { outcome: string }) => outcome)).toEqual(lanes.map(() => "escaped"));
  expect({ status, escaped }).toEqual({ status: 1, escaped: lanes.length });
  expect(verdict).toContain("got out");
});

test("attacks can be of one user's sandboxes", () => {
  const { probes } = JSON.parse(runCli(["doctor", "--json", "--as", "user", ...chosen]).stdout);
  expect(probes.map(({ as }: { as: string }) => as)).toEqual(ids.map(() => "user"));
});

test("attacks that do not exist are no proof", () => {
  const { status, stdout } = runCli(["doctor", "--attack", "--only", "no-such-attack"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/no attack is called no-such-attack\.\n$/);
});

const needsRoot = isRoot ? "" : " (skipped: needs root)";

/** How it is known that a lane's attacks have begun: by a directory, or a process, of the command's own. */
const begun = {
  root: (temporary: string) => readdirSync(temporary).some((name) => name.startsWith("cloison-attacks-")),
  user: (_temporary: string, family: readonly number[]) =>
    runningWith("user-lane-main").some((pid) => family.includes(pid)),
};

test.skipIf(!isRoot).each(["root", "user"] as const)(
  `attacks as %s that ^C ends leave nothing behind${needsRoot}`,
  async (as) => {
    const temporary = mkdtempSync(join(tmpdir(), "cloison-cli-"));
    chmodSync(temporary, 0o755); // the ordinary user's copy lies in it
    const child = spawn(process.execPath, [cliMain, "doctor", "--attack", "--as", as], {
      stdio: "ignore",
      env: { ...process.env, TMPDIR: temporary },
    });
    const family = () => descendants(child.pid ?? 0);
    await expect.poll(() => begun[as](temporary, family()), { interval: 20 }).toBe(true);
    const running = family();
    child.kill("SIGINT");
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGINT");
    await expect.poll(() => running.filter(isRunning)).toEqual([]);
    expect(cgroupsWith(`attacks-${child.pid}`)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    rmdirSync(temporary);
  },
);
