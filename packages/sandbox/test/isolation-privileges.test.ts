import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import { inheritedFds, lanes, useHost } from "./support/as-user.ts";
import { secretInFile } from "./support/library-copy.ts";
import { descendants, statusOf } from "./support/traces.ts";

const { EPERM, EACCES } = constants.errno;
const arch = process.arch === "arm64" ? "arm64" : "x64";

function call(name: string, ...args: readonly (number | string)[]): string[] {
  return ["call", String(syscallTable(arch).get(name)), ...args.map(String)];
}

const noCapability = "0000000000000000";
const capabilitySets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`what a sandbox may do, ${lane.title}`, () => {
    const at = useHost(lane);

    test("nothing as root of the host: one id is mapped, and it is not 0", async () => {
      const maps = await at.evaluate(({ withSandbox, fs }) =>
        withSandbox({}, async ({ pid }) =>
          ["uid_map", "gid_map"].map((name) =>
            fs.readFileSync(`/proc/${pid}/${name}`, "utf8").trim().split(/\s+/),
          ),
        ),
      );
      for (const [inside, outside, count] of maps) {
        expect([inside, count]).toEqual(["1000", "1"]);
        expect(Number(outside)).toBeGreaterThan(0);
        if (lane.kind === "root") expect(Number(outside)).toBeGreaterThan(2 ** 16);
      }
      expect(readFileSync("/proc/self/uid_map", "utf8")).toMatch(/^\s+0\s+0\s/);
    });

    test("two sandboxes of a privileged host have two ids", async () => {
      const ids = await at.evaluate(({ withSandbox, fs }) =>
        withSandbox({}, (one) =>
          withSandbox({}, async (other) =>
            [one, other].map(
              ({ pid }) => fs.readFileSync(`/proc/${pid}/uid_map`, "utf8").trim().split(/\s+/)[1],
            ),
          ),
        ),
      );
      expect(new Set(ids).size).toBe(lane.kind === "root" ? 2 : 1);
    });

    test("every process and thread is without capabilities, under seccomp, PID 1 as well", async () => {
      const pids = await at.evaluate(async ({ create, kept, waitForText, withNode }) => {
        const sandbox = await create(withNode);
        const probe = await sandbox.commands.start(["/opt/probe", "stay", "daemon"]);
        const node = await sandbox.commands.start([
          "/opt/node",
          "-e",
          "console.log('ready'); setInterval(() => {}, 1e6)",
        ]);
        await Promise.all([waitForText(probe, "ready"), waitForText(node, "ready")]);
        kept.push(sandbox);
        return { init: sandbox.pid, commands: [probe.pid, node.pid] };
      });
      const tasks = [pids.init, ...pids.commands].flatMap(descendants);
      const statuses = tasks.flatMap((pid) => threadsOf(pid));
      await at.evaluate(({ kept }) => kept.at(-1)?.kill());
      expect(statuses.length).toBeGreaterThan(8); // Node's threads
      for (const status of statuses) {
        expect(capabilitySets.map((name) => status?.get(name))).toEqual(
          capabilitySets.map(() => noCapability),
        );
        expect([status?.get("NoNewPrivs"), status?.get("Seccomp")]).toEqual(["1", "2"]);
        expect(status?.get("Uid")).not.toMatch(/(^|\t)0(\t|$)/);
      }
      expect(statusOf("self")?.get("Seccomp")).toBe("0");
    });

    test("no descriptor above 2 is open, and 3 alone with a channel", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, fs, waitForText }, fds) =>
          withSandbox({}, async (sandbox) => {
            const handle = await sandbox.commands.start(["/opt/probe", "fds"], { channel: true });
            const channel = await waitForText(handle, "3");
            return {
              plain: await output(sandbox, ["/opt/probe", "fds"]),
              channel: channel.trim(),
              host: fds.map((fd) => fs.readFileSync(`/proc/self/fd/${fd}`, "utf8")),
            };
          }),
        inheritedFds,
      );
      expect(seen.plain).toBe("0 1 2");
      expect(seen.channel).toBe("0 1 2 3");
      expect(new Set(seen.host)).toEqual(new Set([secretInFile]));
    });

    test("Node as the command finds no descriptor but its own", async () => {
      const list =
        "for (const fd of fs.readdirSync('/proc/self/fd')) try { console.log(fd, fs.readlinkSync('/proc/self/fd/' + fd)) } catch {}";
      const fds = await at.evaluate(
        ({ withSandbox, output, withNode }, script) =>
          withSandbox(withNode, (sandbox) => output(sandbox, ["/opt/node", "-e", script])),
        list,
      );
      const foreign = fds.split("\n").filter((line) => !/^\d+ (anon_inode:|pipe:|\/dev\/null$)/.test(line));
      expect(foreign).toEqual([]);
      expect(fds.split("\n").length).toBeGreaterThan(4);
    });

    test("PID 1 cannot be looked into or ended by what runs beside it", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          const look = (pid: string) => output(sandbox, `/opt/probe look ${pid}`);
          await output(sandbox, "kill -9 1; kill -TERM 1; kill -STOP 1; :");
          return {
            init: await look("1"),
            own: await output(sandbox, "/opt/probe stay plain > /dev/null & /opt/probe look $!"),
          };
        }),
      );
      const init: Record<string, number> = JSON.parse(seen.init);
      expect(Object.values(init).every((errno) => errno === EPERM || errno === EACCES)).toBe(true);
      expect(Object.values(JSON.parse(seen.own)).every((errno) => errno === 0)).toBe(true);
    });

    test("PID 1's claim to the processor and its limits are not for others to change", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output }, words) =>
          withSandbox({}, async (sandbox) => ({
            refused: await output(sandbox, ["/opt/probe", "starve-init", "0"]),
            ioprio: await output(sandbox, ["/opt/probe", ...words]),
            own: await output(sandbox, "expr $(nice -n 5 nice) - $(nice)"),
          })),
        call("ioprio_set", 1, 1, 0),
      );
      expect(seen).toEqual({ refused: "ready -4", ioprio: String(EPERM), own: "5" });
    });

    test("no file gets a set-id bit, where it would count for the host", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, fs }, directory) =>
          withSandbox(
            { mounts: [{ source: directory, target: "/workspace", access: "rw" }] },
            async (sandbox) => {
              const inside = await sandbox.commands.run(
                "cp /bin/true tool && chmod 755 tool && chmod u+s tool; chmod g+s tool",
              );
              const mode = fs.statSync(`${directory}/tool`).mode & 0o7777;
              fs.chmodSync(`${directory}/tool`, 0o4755);
              const options = await output(
                sandbox,
                "awk '$5 == \"/workspace\" { print $6 }' /proc/self/mountinfo",
              );
              return {
                refusals: inside.stderr.split("not permitted").length - 1,
                mode,
                control: fs.statSync(`${directory}/tool`).mode & 0o7777,
                options,
              };
            },
          ),
        at.host.directory,
      );
      expect(seen).toMatchObject({ refusals: 2, mode: 0o755, control: 0o4755 });
      expect(seen.options).toMatch(/nosuid,nodev/);
    });

    test("the host's keys are out of reach", async () => {
      const userKeyring = -4;
      const get = 0;
      const words = call("keyctl", get, userKeyring, 1);
      const seen = await at.evaluate(
        ({ withSandbox, output, outside }, command) =>
          withSandbox({}, async (sandbox) => ({
            inside: await output(sandbox, ["/opt/probe", ...command]),
            outside: outside(...command),
            keys: await output(sandbox, "cat /proc/keys | wc -c"),
          })),
        words,
      );
      expect(seen).toEqual({ inside: String(EPERM), outside: "0", keys: "0" });
    });
  });

function threadsOf(pid: number) {
  return readdirSync(`/proc/${pid}/task`).map((thread) => statusOf(`${pid}/task/${thread}`));
}
