import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";
import { portServer } from "./support/port-server.ts";

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`ports of a paused sandbox, ${lane.title}`, () => {
    const at = useHost(lane);

    test("take connections, which are served when it goes on; waiting stands still", async () => {
      const seen = await at.evaluate(
        async ({ withSandbox, withNode, waitForText, output, once, codeOf }, server) =>
          withSandbox(withNode, async (sandbox) => {
            const echo = await sandbox.commands.start([
              "/opt/node",
              "-e",
              server,
              "echo",
              "3000",
              "127.0.0.1",
            ]);
            await waitForText(echo, "ready");
            await sandbox.pause();
            const happened: unknown[] = [];
            const socket = await sandbox.ports.connect(3000);
            socket.once("data", (data) => happened.push(String(data))).write("served");
            const late = codeOf(sandbox.ports.wait(3001, { timeoutMs: 20 })).then((code) =>
              happened.push(code),
            );
            // what takes longer than the wait may
            await withSandbox({}, (other) =>
              output(other, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"),
            );
            const whilePaused = [...happened];
            const data = once(socket, "data");
            await sandbox.resume();
            await Promise.all([data, late]);
            return { whilePaused, happened: happened.sort() };
          }),
        portServer,
      );
      expect(seen).toEqual({ whilePaused: [], happened: ["PORT_TIMEOUT", "served"] });
    });
  });

for (const lane of lanes) {
  const host = lane.kind === "root" && spawnSync("nsenter", ["--version"]).status === 0;
  const skipped = host ? "" : " (skipped: needs root and nsenter, to set the range of ports inside)";
  describe.skipIf(lane.skipped !== undefined)(`bounds of a sandbox's ports, ${lane.title}`, () => {
    const at = useHost(lane);

    test.skipIf(skipped !== "")(
      `a connection does not meet itself on a port that nobody serves${skipped}`,
      async () => {
        const plain = `
          const net = require("node:net");
          let met = 0, left = 40;
          const next = () => {
            if (left-- === 0) return console.log(met);
            const socket = net.connect(40000 + (left % 4), "127.0.0.1");
            socket.on("connect", () => { met++; socket.resetAndDestroy(); }).on("error", () => {}).on("close", next);
          };
          next();`;
        const seen = await at.evaluate(
          async ({ withSandbox, withNode, output, codeOf, spawn, once }, text) =>
            withSandbox(withNode, async (sandbox) => {
              const range = "echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range";
              const setting = spawn("nsenter", [`--net=/proc/${sandbox.pid}/ns/net`, "sh", "-c", range]);
              await once(setting, "exit");
              const met = Number(await output(sandbox, ["/opt/node", "-e", text]));
              const codes = new Set<unknown>();
              for (let i = 0; i < 40; i++)
                codes.add(
                  await codeOf(
                    sandbox.ports.connect(40_000 + (i % 4)).then((socket) => void socket.destroy()),
                  ),
                );
              return { met, codes: [...codes] };
            }),
          plain,
        );
        expect(seen.codes).toEqual(["PORT_CLOSED"]);
        expect(seen.met).toBeGreaterThan(0);
      },
    );

    test("a forward serves 256 clients at once and closes further ones; resets are passed on", async () => {
      const seen = await at.evaluate(
        async ({ withSandbox, withNode, waitForText, net, once, codeOf }, server) =>
          withSandbox(withNode, async ({ commands, ports }) => {
            const start = async (...args: string[]) =>
              waitForText(await commands.start(["/opt/node", "-e", server, ...args, "127.0.0.1"]), "ready");
            await Promise.all([start("echo", "3000"), start("reset", "3001")]);
            const [echo, reset] = [await ports.forward(3000), await ports.forward(3001)];
            const ask = async (to: number) => {
              const socket = net.connect(to, "127.0.0.1");
              socket.write("x");
              const first = [once(socket, "data").then(String), once(socket, "end").then(() => "closed")];
              return { socket, answer: await codeOf(Promise.race(first)) };
            };
            const clients = [];
            for (let i = 0; i < 260; i += 20)
              clients.push(...(await Promise.all(Array.from({ length: 20 }, () => ask(echo.port)))));
            const answers = clients.map(({ answer }) => answer);
            for (const { socket } of clients) socket.destroy();
            return {
              served: answers.filter((answer) => answer === "x").length,
              further: [...new Set(answers.filter((answer) => answer !== "x"))],
              reset: (await ask(reset.port)).answer,
            };
          }),
        portServer,
      );
      expect(seen).toMatchObject({ served: 256, reset: "ECONNRESET" });
      expect(["closed", "ECONNRESET"]).toEqual(expect.arrayContaining(seen.further));
      expect(seen.further.length).toBeGreaterThan(0);
    });
  });
}
