import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createConnection } from "../src/attendant/connection.ts";
import { answers, chunkBytes, frameBytes, operations } from "../src/attendant/protocol.ts";
import { receive, windowBytes } from "../src/files/exchange.ts";
import { createAllowance, listOne } from "../src/files/list-directory.ts";

const attempt = { action: "list", path: "/x" };

/** A line to something that is not the attendant that was started: it answers the first request with these frames. */
function lineTo(...frames: readonly Buffer[]) {
  const [fromHost, toHost] = [new PassThrough(), new PassThrough()];
  const line = Duplex.from({ readable: toHost, writable: fromHost });
  line.on("error", () => {});
  const connection = createConnection(line, new Promise(() => {}));
  fromHost.once("data", () => {
    for (const frame of frames) toHost.write(frame);
  });
  return { connection, asked: once(fromHost, "data") };
}

function frame(answer: number, payload: Buffer, length = 12 + payload.length): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(length);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(answer, 8);
  return Buffer.concat([head, payload]);
}

function entry(name: string, claimed = name.length): Buffer {
  const bytes = Buffer.alloc(56 + name.length);
  bytes.writeUInt32LE(claimed, 48);
  bytes.write(name, 56, "latin1");
  return bytes;
}

async function list(...frames: readonly Buffer[]) {
  const { connection } = lineTo(...frames);
  const allowance = createAllowance(10, attempt);
  return listOne(connection, { path: Buffer.from("/x") }, { attempt, allowance }).then(
    (entries) => entries.map(({ name }) => name.toString()),
    (error) => error.code,
  );
}

const end = frame(answers.end, Buffer.alloc(8));

describe("what the host is told of files", () => {
  test("is believed where it keeps to the protocol: the control", async () => {
    expect(await list(frame(answers.data, Buffer.concat([entry("a"), entry("b")])), end)).toEqual(["a", "b"]);
  });

  const broken: Record<string, Buffer[]> = {
    "a name that goes up": [frame(answers.data, entry("..")), end],
    "a name with a slash": [frame(answers.data, entry("../../etc/passwd")), end],
    "no name": [frame(answers.data, entry("")), end],
    "a name longer than there is": [frame(answers.data, entry("a", 1000)), end],
    "half an entry": [frame(answers.data, entry("abc").subarray(0, 20)), end],
    "a frame that is too long": [frame(answers.data, entry("a"), frameBytes + 1)],
    "a frame that is too short": [frame(answers.data, entry("a"), 11)],
    "an end without its number": [frame(answers.end, Buffer.alloc(3))],
    "an error without its number": [frame(answers.error, Buffer.alloc(3))],
    "an unknown answer": [frame(99, Buffer.alloc(8))],
  };
  test.each(Object.entries(broken))("is an error where it does not: %s", async (_name, frames) => {
    expect(await list(...frames)).toBe("FILE_INTERRUPTED");
  });

  test("is not kept beyond what was asked for", async () => {
    const flood = Array.from({ length: 8 }, () => frame(answers.data, Buffer.alloc(chunkBytes)));
    const { connection } = lineTo(...flood);
    const incoming = receive(connection, { operation: operations.read }, attempt);
    const took = async () => {
      let bytes = 0;
      await new Promise((resolve) => setImmediate(resolve)); // all of it has come before any is taken
      for (let chunk = await incoming.next(); chunk !== undefined; chunk = await incoming.next())
        bytes += chunk.length;
      return bytes;
    };
    await incoming.opened;
    await expect(took()).rejects.toMatchObject({ code: "FILE_INTERRUPTED" });
    expect(windowBytes).toBeLessThan(8 * chunkBytes);
  });
});
