import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

const canary = "sk-canary-4f1d9c7be2a80635";
const reversed = [...canary].reverse().join("");
/** Finds the canary, but not itself in a command line. */
const pattern = `[s]${canary.slice(1)}`;

/** Root may look into processes that nobody else may look into. */
const mayLook = process.geteuid?.() === 0;

function environmentOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return undefined;
  }
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a key in the host's environment, ${lane.title}`, () => {
    const at = useHost(lane, { env: { ...process.env, SOME_API_KEY: canary } });

    test("is in no process's environment, arguments or memory", async () => {
      const found = await at.evaluate(
        ({ create, withNode, waitForText, output, outside }, text, key) =>
          create(withNode).then(async (sandbox) => {
            const idle = "console.log('ready'); setInterval(() => {}, 1e6)";
            const node = await sandbox.commands.start(["/opt/node", "-e", idle]);
            await waitForText(node, "ready");
            const clean = await output(sandbox, ["/opt/probe", "scan", text]);
            const planted = await sandbox.commands.start(["/opt/probe", "stay", "plain"], {
              envs: { KEY: key },
            });
            await waitForText(planted, "ready");
            const control = await output(sandbox, ["/opt/probe", "scan", text]);
            await sandbox.kill();
            return {
              clean: JSON.parse(clean),
              control: JSON.parse(control),
              outside: JSON.parse(outside("scan", text)),
            };
          }),
        reversed,
        canary,
      );
      expect(found.clean.hits).toBe(0);
      expect(found.clean.processes).toBeGreaterThanOrEqual(1);
      expect(found.clean.bytes).toBeGreaterThan(2 ** 24);
      expect(found.control.hits).toBeGreaterThan(0);
      expect(found.outside.hits).toBeGreaterThan(0);
    });

    test("is not in what the launcher starts with, outside or as PID 1", async () => {
      const pids = await at.evaluate(async ({ create, fs, kept }) => {
        const sandbox = await create();
        const launcher = Number(
          /PPid:\t(\d+)/.exec(fs.readFileSync(`/proc/${sandbox.pid}/status`, "utf8"))?.[1],
        );
        kept.push(sandbox);
        return [sandbox.pid, launcher];
      });
      const environments = pids.map(environmentOf);
      await at.evaluate(({ kept }) => kept.at(-1)?.kill());
      expect(environments).toEqual(pids.map(() => (mayLook ? "" : undefined)));
      expect(environmentOf(at.host.pid) ?? "").toContain(mayLook || lane.kind === "self" ? canary : "");
    });

    test("is in no file", async () => {
      const found = await at.evaluate(
        ({ withSandbox, output }, text, key, directory) =>
          withSandbox(
            { mounts: [{ source: directory, target: "/workspace", access: "rw" }] },
            async (sandbox) => {
              const command = `grep -rls --exclude-dir=sys -e '${text}' /proc/[0-9]*/environ /proc/[0-9]*/cmdline /etc /home /opt /tmp /var /dev/shm /workspace; :`;
              const clean = await output(sandbox, command);
              await sandbox.commands.run("cat > /tmp/planted", { stdin: key });
              return { clean, control: await output(sandbox, command) };
            },
          ),
        pattern,
        canary,
        at.host.directory,
      );
      expect(found).toEqual({ clean: "", control: "/tmp/planted" });
    });
  });
