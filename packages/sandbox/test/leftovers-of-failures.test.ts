import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Host, type HostOptions, type Lane, lanes, startHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { cgroupsWith, launchersOf, settled } from "./support/traces.ts";

let copy = "";
beforeEach(() => {
  copy = makeCopy();
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** What the body gives, and what of the host's sandboxes there is then. */
async function leftAfter<T>(lane: Lane, options: HostOptions, body: (host: Host) => Promise<T>) {
  const host = await startHost(lane, copy, options);
  try {
    const value = await body(host);
    return {
      value,
      launchers: await settled(() => launchersOf(host.pid)),
      groups: cgroupsWith(`.${host.pid}.`),
    };
  } finally {
    await host.stop();
  }
}

const nothing = { launchers: [], groups: [] };
const fewDescriptors = ["sh", "-c", 'ulimit -n 150; exec "$@"', "sh"] as const;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`no trace of a sandbox not made, ${lane.title}`, () => {
    test("because of its mounts", async () => {
      const left = await leftAfter(lane, {}, (host) =>
        host.evaluate(async ({ create, codeOf }, source) => {
          const targets = [`/${"long/".repeat(1000)}x`, `/${"n".repeat(300)}`];
          const codes: unknown[] = [];
          for (const target of targets)
            codes.push(await codeOf(create({ mounts: [{ source, target, access: "ro" }] })));
          return codes;
        }, host.directory),
      );
      expect(left).toEqual({ value: ["SANDBOX_START", "SANDBOX_START"], ...nothing });
    });

    test("because the launcher is not there", async () => {
      rmSync(join(copy, "node_modules"), { recursive: true });
      // Nor at what a package manager has put there for the tests' own runner.
      const env = { ...process.env, NODE_PATH: "" };
      const left = await leftAfter(lane, { env }, (host) =>
        host.evaluate(({ create, codeOf }) => codeOf(create())),
      );
      expect(left).toEqual({ value: "LAUNCHER_MISSING", ...nothing });
    });

    test("because no descriptor is free, at whatever moment", async () => {
      const left = await leftAfter(lane, { wrapper: fewDescriptors }, (host) =>
        host.evaluate(async ({ create, fs, withSandbox }) => {
          await withSandbox({}, async () => {}); // all that is opened once and kept
          const taken: number[] = [];
          const takeAll = () => {
            try {
              for (;;) taken.push(fs.openSync("/dev/null", "r"));
            } catch {
              // every descriptor is in use
            }
          };
          const codes: string[] = [];
          for (let free = 0; free < 24; free += 3) {
            takeAll();
            for (const fd of taken.splice(0, free)) fs.closeSync(fd);
            const outcome = create().then(
              (sandbox) => sandbox.kill().then(() => "made"),
              (error) => String(error.code),
            );
            await new Promise(setImmediate);
            takeAll();
            codes.push(await outcome);
          }
          for (const fd of taken) fs.closeSync(fd);
          return codes;
        }),
      );
      expect(left).toMatchObject(nothing);
      expect(left.value).not.toContain("EMFILE"); // an error of this package's own, whichever
    });
  });
