import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, lanes, startHost, useHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { portServer } from "./support/port-server.ts";
import { patience } from "./support/this-machine.ts";
import { isRunning, runningWith, settled, statusOf } from "./support/traces.ts";

/** The processes that dial for a host. */
function dialersOf(host: Host): number[] {
  return runningWith("cloison-init\0dial").filter((pid) => Number(statusOf(pid)?.get("PPid")) === host.pid);
}

const untilGone = (pids: readonly number[]) => settled(() => pids.filter(isRunning));

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a hostile sandbox, by its ports, ${lane.title}`, () => {
    const at = useHost(lane);

    test("does not hold up other calls by ports that take no connection, flood or reset", async () => {
      const seen = await at.evaluate(
        async ({ withSandbox, withNode, waitForText, codeOf, once, until }, server, hangMs) =>
          withSandbox(withNode, async ({ commands, ports }) => {
            const start = async (...args: string[]) => {
              const handle = await commands.start(["/opt/node", "-e", server, ...args, "127.0.0.1"]);
              await waitForText(handle, "ready");
              return handle;
            };
            const silent = await start("silent", "3000");
            await Promise.all([start("echo", "3001"), start("flood", "3002"), start("reset", "3003")]);
            await silent.kill("SIGSTOP");
            const hanging = Array.from({ length: 90 }, () =>
              codeOf(ports.connect(3000, { timeoutMs: hangMs })),
            );
            const socket = await ports.connect(3001);
            socket.end("still here");
            const [echo] = await once(socket, "data");
            const flood = await ports.connect(3002);
            await until(() => flood.readableLength > 0);
            const kept = flood.readableLength;
            flood.destroy();
            const reset = await Promise.all(
              Array.from({ length: 20 }, () =>
                codeOf(ports.connect(3003).then((each) => once(each.resume(), "close"))),
              ),
            );
            const told = await Promise.all(
              hanging.map((each) => each.then((code) => (typeof code === "string" ? code : "connected"))),
            );
            return {
              echo: String(echo),
              kept,
              resets: reset.map((each) => (typeof each === "string" ? each : "closed")),
              told: [...new Set(told)].sort(),
            };
          }),
        portServer,
        1500 * patience,
      );
      expect(seen).toMatchObject({
        echo: "still here",

        told: ["PORT_TIMEOUT", "connected"],
      });
      expect(["PORT_FAILED", "ECONNRESET", "closed"]).toEqual(
        expect.arrayContaining([...new Set(seen.resets)]),
      );
      expect(seen.kept).toBeLessThanOrEqual(2 ** 20);
    });

    test("is dialled by a process without privileges, which it neither sees nor ends, and that reaches nothing outside", async () => {
      const { host } = at;
      const inside = await at.evaluate(
        async ({ create, kept, withNode, waitForText, output, codeOf, net, once }, server) => {
          const sandbox = await create(withNode);
          kept.push(sandbox);
          const service = net.createServer((socket) => socket.end("of the host")).listen(0, "127.0.0.1");
          await once(service, "listening");
          const { port } = service.address() as { port: number };
          const control = net.connect(port, "127.0.0.1").resume();
          await once(control, "end");
          const echo = await sandbox.commands.start(["/opt/node", "-e", server, "echo", "3000", "127.0.0.1"]);
          await waitForText(echo, "ready");
          (await sandbox.ports.connect(3000)).destroy();
          const outside = await codeOf(sandbox.ports.connect(port));
          service.close();
          const processes = await output(sandbox, ["/opt/probe", "processes"]);
          const killed = await sandbox.commands.run("kill -KILL -1");
          return {
            pid: sandbox.pid,
            outside,
            processes,
            echo: (await echo.wait()).signal,
            killed: killed.signal,
          };
        },
        portServer,
      );
      const [dialer = 0, ...others] = dialersOf(host);
      const status = statusOf(dialer);
      expect(inside).toMatchObject({ outside: "PORT_CLOSED", echo: "SIGKILL" });
      expect(JSON.parse(inside.processes)).toEqual([expect.any(Number)]); // the server alone
      expect(others).toEqual([]);
      expect(status?.get("Uid")).toBe(statusOf(inside.pid)?.get("Uid"));
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
        expect(status?.get(set), set).toBe("0000000000000000");
      expect([status?.get("NoNewPrivs"), status?.get("Seccomp"), status?.get("Groups")]).toEqual([
        "1",
        "2",
        "",
      ]);
      expect(status?.get("NSpid")).toBe(String(dialer)); // in the host's own, where the sandbox sees nobody
      expect(statusOf(inside.pid)?.get("NSpid")).toMatch(/\t1$/);
      if (lane.kind !== "self") {
        const link = (pid: number, name: string) => readlinkSync(`/proc/${pid}/ns/${name}`);
        for (const name of ["user", "net"]) expect(link(dialer, name)).toBe(link(inside.pid, name));
        for (const name of ["mnt", "pid", "ipc"]) expect(link(dialer, name)).toBe(link(host.pid, name));
        expect(readdirSync(`/proc/${dialer}/fd`).sort()).toEqual(["3", "4", "5"]);
      }
      await at.evaluate(async ({ kept }) => kept.pop()?.kill());
      expect(await untilGone([dialer])).toEqual([]);
    });
  });

let copy = "";
beforeAll(() => {
  copy = makeCopy();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(
    `of the ports of a sandbox nothing is left, ${lane.title}`,
    () => {
      test("when it has ended: sockets that were handed out end, and descriptors are closed", async () => {
        const host = await startHost(lane, copy);
        try {
          const once = () =>
            host.evaluate(async ({ create, withNode, waitForText, fs, until }, server) => {
              await (await create()).kill(); // what a host opens once, for all of them
              const before = fs.readdirSync("/proc/self/fd").length;
              const sandbox = await create(withNode);
              const echo = await sandbox.commands.start([
                "/opt/node",
                "-e",
                server,
                "echo",
                "3000",
                "127.0.0.1",
              ]);
              await waitForText(echo, "ready");
              await sandbox.ports.forward(3000);
              const sockets = await Promise.all(
                Array.from({ length: 10 }, () => sandbox.ports.connect(3000)),
              );
              const closed = sockets.map(
                (each) => new Promise((resolve) => each.resume().once("close", resolve)),
              );
              await sandbox.kill();
              await Promise.all(closed);
              const count = () => fs.readdirSync("/proc/self/fd").length;
              await until(() => count() <= before);
              return count() - before;
            }, portServer);
          expect([await once(), await once()]).toEqual([0, 0]);
          expect(await untilGone(dialersOf(host))).toEqual([]);
        } finally {
          await host.stop();
        }
      });

      test("when the host was killed, and one that has ended is replaced", async () => {
        const host = await startHost(lane, copy);
        try {
          const call = () =>
            host.evaluate(async ({ create, kept, codeOf }) => {
              if (kept.length === 0) kept.push(await create());
              return codeOf(kept[0]?.ports.connect(3000) ?? Promise.resolve());
            });
          const before = await call();
          const [dialer = 0] = dialersOf(host);
          process.kill(dialer, "SIGKILL");
          await untilGone([dialer]);
          const after = [await call(), await call()];
          const replaced = dialersOf(host);
          host.child.kill("SIGKILL");
          expect([before, after[1], replaced.length]).toEqual(["PORT_CLOSED", "PORT_CLOSED", 1]);
          expect(await untilGone(replaced)).toEqual([]);
        } finally {
          await host.stop();
        }
      });
    },
  );
