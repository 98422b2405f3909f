import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { modelCall } from "./model-call.ts";
import { openLine } from "./open-line.ts";

const MIB = 1024 * 1024;

/** A server whose answers never end: it writes this piece as often as somebody reads it. */
async function endlessServer(piece: Buffer) {
  let written = 0;
  const closed = new Promise<void>((resolve) => {
    const server = createServer((request, response) => {
      request.resume();
      response.on("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: ");
      const goOn = () => {
        let more = true;
        while (more && response.writable) {
          written += piece.length;
          more = response.write(piece);
        }
      };
      response.on("drain", goOn);
      goOn();
    });
    onTestFinished(() => void server.close());
    server.listen(0, "127.0.0.1", () => listening(server.address() as AddressInfo));
  });
  let listening: (address: AddressInfo) => void = () => undefined;
  const { port } = await new Promise<AddressInfo>((resolve) => {
    listening = resolve;
  });
  return { baseUrl: `http://127.0.0.1:${port}/v1`, closed, written: () => written };
}

const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(8000) } }] });
const call = { index: 0, id: "call_1", function: { name: "write", arguments: `"${"x".repeat(MIB)}` } };
const input = JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] });

describe("an answer without an end", () => {
  test.each([
    ["in many pieces", `${chunk}\n\ndata: `, 64],
    ["in one line", "x".repeat(65_536), 8],
    ["in one event of many lines", "data: x\n\r\n".repeat(7000), 8],
    ["in the arguments of a tool call", `${input}\n\ndata: `, 16],
  ])("is given up, and the server told: %s", async (_, piece, mostMib) => {
    const { baseUrl, closed, written } = await endlessServer(Buffer.from(piece));
    const line = openLine({ provider: "local", model: "m", baseUrl }, { key: "sk-canary-endless-1234" });
    await expect(line.call(modelCall())).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      attempts: [{ matched: "platform/unusable-answer" }],
    });
    await closed;
    // What the sockets' buffers hold comes on top.
    expect(written()).toBeLessThan((mostMib + 32) * MIB);
  });
});
