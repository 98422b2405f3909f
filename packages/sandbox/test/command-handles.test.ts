import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(
    `a command that somebody else has started, ${lane.title}`,
    () => {
      const at = useHost(lane);

      test("is listed while it runs, and can be written to, read and ended by its id", async () => {
        const seen = await at.evaluate(({ withSandbox, waitForText }) =>
          withSandbox({}, async ({ commands }) => {
            const first = await commands.start("echo ready; cat", { background: true });
            await waitForText(first, "ready");
            const ordinary = await commands.start(["cat"]);
            const listed = commands.list();
            const again = commands.connect(first.id);
            again.stdin.write("from another handle\n");
            const read = await waitForText(again, "handle\n");
            await again.kill();
            const exits = await Promise.all([first.wait(), again.wait()]);
            const left = commands.list().map(({ id }) => id);
            const started = [first, ordinary].map(({ id, pid }) => ({ id, pid }));
            return { listed, started, read, exits, left };
          }),
        );
        const [background, ordinary] = seen.started;
        expect(seen.listed).toMatchObject([
          { ...background, background: true, pty: false, argv: ["/bin/sh", "-c", "echo ready; cat"] },
          { ...ordinary, background: false, pty: false, argv: ["cat"] },
        ]);
        expect(seen.read).toBe("ready\nfrom another handle\n");
        expect(seen.exits).toMatchObject([{ signal: "SIGKILL" }, { signal: "SIGKILL" }]);
        expect(seen.left).toEqual([ordinary?.id]);
      });

      test("in the background runs on though nobody reads, and gives the last of its output and then what comes", async () => {
        const seen = await at.evaluate(({ withSandbox, waitForText }) =>
          withSandbox({}, async ({ commands }) => {
            const script =
              "head -c 3000000 /dev/zero; echo end of the first part; read line; echo got $line; cat";
            const { id, pid } = await commands.start(script, { background: true, keepOutputBytes: 1000 });
            // It comes this far only where its output is taken.
            await commands.connect(id).waitForLog("end of the first part");
            const viewers = [commands.connect(id), commands.connect(id)];
            viewers[0]?.stdin.write("more\n");
            const texts = await Promise.all(viewers.map((viewer) => waitForText(viewer, "got more\n")));
            const truncated = viewers.map((viewer) => viewer.truncated);
            await commands.connect(id).kill();
            return { texts, truncated, pid };
          }),
        );
        const first = `${"\0".repeat(3_000_000)}end of the first part\n`;
        for (const [index, text] of seen.texts.entries()) {
          const cut = seen.truncated[index]?.stdout ?? 0;
          expect(text === `${first.slice(cut)}got more\n`).toBe(true);
          expect(cut).toBeGreaterThan(3_000_000 - 70_000);
          expect(seen.truncated[index]?.stderr).toBe(0);
        }
      });

      test("in the background does not wait for a slow viewer, who is told how much it has missed", async () => {
        const seen = await at.evaluate(({ withSandbox }) =>
          withSandbox({}, async ({ commands }) => {
            const script = "echo begin; read line; head -c 5000000 /dev/zero; echo end";
            const handle = await commands.start(script, { background: true });
            const slow = commands.connect(handle.id);
            const chunks: Buffer[] = [];
            const stream = slow.stdout;
            await new Promise((resolve) => stream.once("data", resolve));
            stream.pause();
            handle.stdin.write("on\n");
            const { exitCode } = await handle.wait();
            for await (const chunk of stream) chunks.push(chunk);
            const text = Buffer.concat(chunks);
            return {
              exitCode,
              length: text.length,
              end: String(text.subarray(-4)),
              truncated: slow.truncated,
            };
          }),
        );
        expect(seen).toMatchObject({ exitCode: 0, end: "end\n" });
        expect(seen.truncated.stdout).toBeGreaterThan(4_000_000);
        // Each byte was given or told of; the first six were read before.
        expect(seen.length + seen.truncated.stdout).toBe(5_000_000 + "end\n".length);
      });

      test("waits for its slowest reader where it is an ordinary one, and all get all of it", async () => {
        const seen = await at.evaluate(({ withSandbox, createHash, once }) =>
          withSandbox({}, async ({ commands }) => {
            const handle = await commands.start("read line; head -c 3000000 /dev/urandom | tee /dev/stderr");
            const viewer = commands.connect(handle.id);
            const streams = [handle.stdout, handle.stderr, viewer.stdout, viewer.stderr];
            const hashes = streams.map((stream) => {
              const hash = createHash("sha256");
              stream.on("data", (chunk) => {
                hash.update(chunk);
                stream.pause();
                setImmediate(() => stream.resume());
              });
              return once(stream, "end").then(() => hash.digest("hex"));
            });
            handle.stdin.write("go\n");
            const digests = new Set(await Promise.all(hashes));
            return { digests: digests.size, truncated: viewer.truncated, exit: await handle.wait() };
          }),
        );
        expect(seen).toMatchObject({
          digests: 1,
          truncated: { stdout: 0, stderr: 0 },
          exit: { exitCode: 0 },
        });
      });

      test("is a typed error once it has ended", async () => {
        const codes = await at.evaluate(({ withSandbox, codeOf }) =>
          withSandbox({}, async ({ commands }) => {
            const handle = await commands.start("true", { background: true });
            await handle.wait();
            const connect = async (id: string) => commands.connect(id).pid;
            return [await codeOf(connect(handle.id)), await codeOf(connect("none"))];
          }),
        );
        expect(codes).toEqual(["COMMAND_NOT_FOUND", "COMMAND_NOT_FOUND"]);
      });
    },
  );
