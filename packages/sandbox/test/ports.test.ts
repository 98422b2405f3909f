import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";
import { portServer } from "./support/port-server.ts";
import { patience } from "./support/this-machine.ts";

/** Less where the processor is emulated. */
const carriedMb = patience === 1 ? 100 : 5;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`ports of a sandbox, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are reached as sockets, by IPv4 or IPv6, and each direction ends alone", async () => {
      const seen = await at.evaluate(async ({ withSandbox, withNode, waitForText }, server) => {
        const ask = async (socket: NodeJS.ReadWriteStream) => {
          let got = "";
          socket.end("half a word");
          for await (const data of socket) got += data;
          return got;
        };
        return withSandbox(withNode, async ({ commands, ports }) => {
          const start = async (...args: string[]) => {
            const handle = await commands.start(["/opt/node", "-e", server, ...args]);
            await waitForText(handle, "ready");
            return handle;
          };
          await start("echo", "1080", "127.0.0.1");
          await start("echo", "3000", "::1");
          const first = await start("first", "3001", "localhost");
          const socket = await ports.connect(3001);
          socket.allowHalfOpen = true;
          let told = "";
          for await (const data of socket.iterator({ destroyOnReturn: false })) told += data;
          socket.end("after the end");
          return {
            v4: await ask(await ports.connect(1080)),
            v6: await ask(await ports.connect(3000)),
            first: [told, (await waitForText(first, "got")).trim()],
          };
        });
      }, portServer);
      expect(seen).toEqual({ v4: "half a word", v6: "half a word", first: ["done", "got 13"] });
    });

    test(`carry ${carriedMb} MB there and back, and a hundred connections at once`, async () => {
      const seen = await at.evaluate(
        async ({ withSandbox, withNode, waitForText, createHash, net }, server, megabytes) => {
          const carry = async (socket: import("node:net").Socket, chunks: number, fill: number) => {
            const [sent, got] = [createHash("sha256"), createHash("sha256")];
            const chunk = Buffer.alloc(2 ** 16, fill);
            const sending = (async () => {
              for (let i = 0; i < chunks; i++) {
                chunk.writeUInt32LE(i);
                sent.update(chunk);
                if (!socket.write(Buffer.from(chunk)))
                  await new Promise((resolve) => socket.once("drain", resolve));
              }
              socket.end();
            })();
            let bytes = 0;
            for await (const data of socket) {
              got.update(data);
              bytes += data.length;
            }
            await sending;
            return bytes === chunks * chunk.length && sent.digest("hex") === got.digest("hex");
          };
          return withSandbox(withNode, async ({ commands, ports }) => {
            const echo = await commands.start(["/opt/node", "-e", server, "echo", "3000", "127.0.0.1"]);
            await waitForText(echo, "ready");
            const forward = await ports.forward(3000);
            const dial = () => net.connect({ port: forward.port, host: "127.0.0.1", allowHalfOpen: true });
            const many = Array.from({ length: 100 }, (_, index) => index);
            return {
              connected: await carry(await ports.connect(3000), megabytes * 16, 1),
              forwarded: await carry(dial(), megabytes * 16, 2),
              many: await Promise.all(
                many.map(async (each) => carry(each % 2 ? dial() : await ports.connect(3000), 1, each)),
              ),
            };
          });
        },
        portServer,
        carriedMb,
      );
      expect(seen).toEqual({ connected: true, forwarded: true, many: Array(100).fill(true) });
    });

    test("are forwarded to one of the host's, for who speaks HTTP, until that or the sandbox is closed", async () => {
      const seen = await at.evaluate(async ({ create, withNode, codeOf }, server) => {
        const get = (url: string) =>
          codeOf(
            fetch(url).then(
              (response) => response.text(),
              (error) => error.cause.code,
            ),
          );
        const told: string[] = [];
        const onEvent = ({ type }: { readonly type: string }) =>
          void (type.startsWith("port.") && told.push(type));
        const sandbox = await create({ ...withNode, onEvent });
        try {
          const early = await sandbox.ports.forward(8080);
          const before = await get(early.url);
          await sandbox.commands.start(["/opt/node", "-e", server, "http", "8080", "127.0.0.1"]);
          await sandbox.ports.wait(8080);
          const other = await sandbox.ports.forward(8080, { host: "127.0.0.1" });
          const during = await Promise.all([get(`${early.url}/one`), get(`${other.url}/two`)]);
          const taken = await codeOf(sandbox.ports.forward(8080, { port: early.port }));
          await Promise.all([other.close(), other.close()]);
          const closed = await get(other.url);
          await sandbox.kill();
          await early.close();
          return { before, during, taken, closed, after: await get(early.url), host: early.host, told };
        } finally {
          await sandbox.kill();
        }
      }, portServer);
      expect(seen).toEqual({
        before: expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/),
        during: ["you asked for /one", "you asked for /two"],
        taken: "PORT_LISTEN",
        closed: "ECONNREFUSED",
        after: "ECONNREFUSED",
        host: "127.0.0.1",
        told: ["port.forwarded", "port.forwarded", "port.closed"],
      });
    });

    test("that nobody serves, that are no ports, and calls that are given up are told apart", async () => {
      const seen = await at.evaluate(async ({ withSandbox, codeOf }) =>
        withSandbox({}, async (sandbox) => {
          const { ports } = sandbox;
          const call = (port: unknown, options?: unknown) =>
            codeOf(ports.connect(port as number, options as { timeoutMs: number }));
          const message = await ports.connect(3000).catch((error) => error.message);
          const bad = [
            await call(0),
            await call(65_536),
            await call("80"),
            await call(80.5),
            await call(80, { timeout: 1 }),
          ];
          bad.push(
            await codeOf(ports.forward(80, { host: "localhost" })),
            await codeOf(ports.forward(80, { port: -1 })),
          );
          const late = await ports
            .wait(3000, { timeoutMs: 20 })
            .catch(({ code, message }) => [code, message]);
          const controller = new AbortController();
          const waiting = ports.wait(3000, { signal: controller.signal }).catch((error) => error);
          controller.abort("enough");
          const doomed = codeOf(ports.wait(3000));
          const [aborted, before] = [
            await waiting,
            await ports.connect(1, { signal: AbortSignal.abort("no") }).catch(String),
          ];
          await sandbox.kill();
          return {
            message,
            bad,
            late,
            aborted,
            before,
            ended: [await doomed, await call(1), await codeOf(ports.forward(1))],
          };
        }),
      );
      expect(seen).toEqual({
        message:
          "nothing listens on port 3000 inside the sandbox; start the server first, or wait for it with ports.wait(3000)",
        bad: Array(7).fill("PORT_OPTION"),
        late: [
          "PORT_TIMEOUT",
          "port 3000 inside the sandbox: nothing accepted connections within 20 ms; look at the server's output, or raise timeoutMs",
        ],
        aborted: "enough",
        before: "no",
        ended: ["SANDBOX_CLOSED", "SANDBOX_CLOSED", "SANDBOX_CLOSED"],
      });
    });
  });
