import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

const { EPERM, EAFNOSUPPORT, ECONNREFUSED, ENETUNREACH } = constants.errno;

// linux/socket.h, linux/net.h, linux/if_ether.h
const [stream, datagram, raw] = [1, 2, 3];
const sockets: readonly {
  what: string;
  words: readonly [number, number, number];
  errno: number;
  ofRoot?: boolean;
}[] = [
  { what: "a raw IP socket", words: [2, raw, 1], errno: EPERM, ofRoot: true },
  { what: "a raw IPv6 socket", words: [10, raw, 58], errno: EPERM, ofRoot: true },
  { what: "a ping socket", words: [2, datagram, 1], errno: 93 /* EPROTONOSUPPORT */ },
  { what: "a packet socket", words: [17, raw, 0x0300], errno: EPERM, ofRoot: true },
  { what: "a packet socket for datagrams", words: [17, datagram, 0x0300], errno: EAFNOSUPPORT, ofRoot: true },
  { what: "a netlink socket", words: [16, datagram, 0], errno: EAFNOSUPPORT },
  { what: "a socket to the machine's host", words: [40, stream, 0], errno: EAFNOSUPPORT },
];

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the network of a sandbox, ${lane.title}`, () => {
    const at = useHost(lane);

    test("does not reach a service on the host's loopback, by TCP or by an abstract name", async () => {
      const errnos = await at.evaluate(async ({ withSandbox, output, outside, net, once }) => {
        const name = `cloison-test-${process.pid}`;
        const service = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
        const abstract = net.createServer((socket) => socket.destroy()).listen(`\0${name}`);
        await Promise.all([once(service, "listening"), once(abstract, "listening")]);
        const address = service.address();
        const port = String(typeof address === "object" ? address?.port : 0);
        try {
          return await withSandbox({}, async (sandbox) => ({
            tcp: await output(sandbox, ["/opt/probe", "connect-tcp", port]),
            abstract: await output(sandbox, ["/opt/probe", "connect-abstract", name]),
            outside: [outside("connect-tcp", port), outside("connect-abstract", name)],
            curl: (await sandbox.commands.run(`curl -sS --max-time 2 http://127.0.0.1:${port}`)).exitCode,
          }));
        } finally {
          service.close();
          abstract.close();
        }
      });
      expect(errnos).toMatchObject({
        tcp: String(ECONNREFUSED),
        abstract: String(ECONNREFUSED),
        outside: ["0", "0"],
      });
      expect([7, 127]).toContain(errnos.curl); // refused, or no curl on this host
    });

    test("is a loopback and nothing else, which works", async () => {
      const script = `
        const server = net.createServer((socket) => socket.end("own")).listen(0, "127.0.0.1", () => {
          net.connect(server.address().port, "127.0.0.1").on("data", (data) => console.log(String(data))).on("close", () => server.close());
        });
        net.connect(80, "192.0.2.1").on("error", (error) => console.log(error.code));
        require("node:dns").lookup("example.com", (error) => console.log(error?.code));`;
      const seen = await at.evaluate(
        ({ withSandbox, withNode, output }, text) =>
          withSandbox(withNode, async (sandbox) => ({
            interfaces: await output(sandbox, "sed 1,2d /proc/net/dev | cut -d: -f1"),
            routes: await output(sandbox, "sed 1d /proc/net/route"),
            node: (await output(sandbox, ["/opt/node", "-e", text])).split("\n").sort(),
          })),
        script,
      );
      expect(seen).toMatchObject({ interfaces: "lo", routes: "" });
      expect(seen.node).toEqual([expect.stringMatching(/^E(AI_AGAIN|NOTFOUND)$/), "ENETUNREACH", "own"]);
      expect(ENETUNREACH).toBeGreaterThan(0);
    });

    test("has no sockets but of TCP, UDP and Unix", async () => {
      const found = await at.evaluate(
        ({ withSandbox, output, outside }, all) =>
          withSandbox({}, async (sandbox) => {
            const found: { inside: string; outside: string }[] = [];
            for (const words of all) {
              const command = ["socket", ...words.map(String)];
              found.push({
                inside: await output(sandbox, ["/opt/probe", ...command]),
                outside: outside(...command),
              });
            }
            return found;
          }),
        sockets.map(({ words }) => words),
      );
      const named = sockets.map(({ what }, index) => [what, found[index]?.inside]);
      expect(named).toEqual(sockets.map(({ what, errno }) => [what, String(errno)]));
      for (const [index, { ofRoot }] of sockets.entries())
        if (ofRoot && lane.kind === "root") expect(found[index]?.outside).toBe("0");
    });
  });
