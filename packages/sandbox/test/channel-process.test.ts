import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { never, openWire, settle } from "./channel/raw-peer.ts";

describe("the process", () => {
  it("can exit as soon as its channels are closed, or their streams let it", async () => {
    const script = new URL("./channel/exit-fixture.ts", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    expect(stdout).toBe("closed: CHANNEL_CLOSED\nbeforeExit\n");
  });

  it("survives errors of the stream after the end", async () => {
    const { channel, near } = openWire({ handlers: { never } });
    channel.close();
    for (const message of ["late", "later"]) near.emit("error", new Error(message));
    await settle();
    expect(await channel.closed).toBe(undefined);
  });
});

describe("the documentation", () => {
  it("has an example that runs and prints what it says", async () => {
    const page = await readFile(new URL("../../../docs/channel.md", import.meta.url), "utf8");
    const [, example = ""] = page.match(/```js\n(.*?)```/s) ?? [];
    const source = new URL("../src/channel/index.ts", import.meta.url).href;
    const script = example.replace('"@cloison/sandbox/channel"', JSON.stringify(source));
    const args = ["--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
    expect(stdout).toBe("5\n-32601\nundefined\n");
  });
});
