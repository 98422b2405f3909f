import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { type ProtocolName, startModelServer } from "../src/index.ts";
import { errorOf, nextRequest, post, postRaw } from "./http-client.ts";

const protocols: ProtocolName[] = ["openai", "anthropic"];
const mebibyte = 1024 * 1024;
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

/** Whether something answers at this address and port. */
async function answersAt(host: string, url: string): Promise<boolean> {
  const socket = connect({ host, port: Number(new URL(url).port) });
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

describe("where the server listens", () => {
  it("is 127.0.0.1 only, unless another host is asked for", async () => {
    await using local = await startModelServer({ script: [] });
    await using open = await startModelServer({ script: [], host: "0.0.0.0" });
    expect(new URL(local.url).hostname).toBe("127.0.0.1");
    expect(await answersAt("127.0.0.1", local.url)).toBe(true);
    expect(await answersAt("127.0.0.2", local.url)).toBe(false);
    expect(await answersAt("127.0.0.2", open.url)).toBe(true);
  });

  it.runIf(hasIpv6)("may be an IPv6 address", async () => {
    await using server = await startModelServer({ script: [{ text: "x" }], host: "::1" });
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await post(server, "openai")).status).toBe(200);
  });

  it("is told when it is taken", async () => {
    await using server = await startModelServer({ script: [] });
    const port = Number(new URL(server.url).port);
    await expect(startModelServer({ script: [], port })).rejects.toMatchObject({
      code: "MODEL_SERVER_LISTEN",
      cause: { code: "EADDRINUSE" },
    });
  });
});

describe("close", () => {
  it("ends requests and idle sockets at once, frees the port, and may be called again", async () => {
    const server = await startModelServer({ script: [{ fault: { hang: true } }] });
    const idle = connect(Number(new URL(server.url).port), "127.0.0.1");
    await once(idle, "connect");
    const arrived = nextRequest(server);
    const answer = post(server, "openai");
    const request = await arrived;
    const ends = Promise.all([expect(answer).rejects.toThrow(), once(idle, "close")]);
    const closing = server.close();
    await Promise.all([closing, server.close()]);
    await ends;
    await server.close();
    expect(await request.ended).toBe("closed");
    expect(request.aborted).toBe(false);
    expect(await answersAt("127.0.0.1", server.url)).toBe(false);
  });

  it("comes with the end of an `await using` block", async () => {
    let url: string;
    {
      await using server = await startModelServer({ script: [] });
      url = server.url;
      expect(await answersAt("127.0.0.1", url)).toBe(true);
    }
    expect(await answersAt("127.0.0.1", url)).toBe(false);
  });
});

describe("what the server records", () => {
  it("is the whole request, with times, before and after the answer", async () => {
    await using server = await startModelServer({ script: [{ text: "Hello" }] });
    const arrived = nextRequest(server);
    const before = performance.now();
    const response = await post(server, "openai", { stream: true, user: "u-1" });
    const request = await arrived;
    expect(await response.text()).toContain("[DONE]");
    expect(await request.ended).toBe("answered");
    expect(server.requests).toEqual([request]);
    expect(request).toMatchObject({
      index: 0,
      path: "/v1/chat/completions",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      raw: { model: "m", user: "u-1" },
      status: 200,
      chunksSent: 4,
      aborted: false,
    });
    expect(request.firstByteAt).toBeGreaterThan(before);
    expect(request.answeredAt).toBeGreaterThan(request.firstByteAt);
  });

  it("goes to listeners until they are removed, and a failing listener harms nothing", async () => {
    await using server = await startModelServer({ script: () => ({ text: "x" }) });
    const heard: number[] = [];
    server.onRequest(() => {
      throw new RangeError("listener bug");
    });
    const stop = server.onRequest((request) => heard.push(request.index));
    expect((await post(server, "openai")).status).toBe(200);
    stop();
    expect((await post(server, "anthropic")).status).toBe(200);
    expect(heard).toEqual([0]);
    expect(server.errors).toMatchObject(Array(2).fill({ code: "MODEL_SERVER_LISTENER" }));
  });

  it("is bounded to the newest requests", async () => {
    await using server = await startModelServer({ script: () => ({ text: "x" }), keepRequests: 2 });
    for (let count = 0; count < 4; count += 1) await post(server, "openai");
    expect(server.requests.map((request) => request.index)).toEqual([2, 3]);
  });
});

describe.each(protocols)("an HTTP request for %s", (protocol) => {
  it("may be 32 MiB long and not longer", async () => {
    await using server = await startModelServer({ script: () => ({ text: "x" }) });
    const body = (bytes: number) => {
      const frame = JSON.stringify({ model: "m", max_tokens: 1, messages: [{ role: "user", content: "" }] });
      return frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`);
    };
    expect((await postRaw(server, protocol, body(32 * mebibyte))).status).toBe(200);
    const response = await postRaw(server, protocol, body(32 * mebibyte + 1));
    expect(response.status).toBe(413);
    const type = protocol === "openai" ? "invalid_request_error" : "request_too_large";
    expect(await errorOf(response)).toMatchObject({ type });
    expect(server.requests).toHaveLength(1);
  });

  it("is not read for ever", async () => {
    await using server = await startModelServer({ script: () => ({ text: "x" }) });
    const path = protocol === "openai" ? "/v1/chat/completions" : "/v1/messages";
    const outgoing = httpRequest(server.url + path, { method: "POST" });
    const ended = Promise.withResolvers<true>();
    for (const sign of ["response", "error", "close"]) outgoing.on(sign, () => ended.resolve(true));
    const part = Buffer.alloc(mebibyte, 32);
    const drained = () => new Promise<false>((resolve) => outgoing.once("drain", () => resolve(false)));
    for (let isOver = false; !isOver; ) {
      if (outgoing.write(part)) continue;
      isOver = await Promise.race([drained(), ended.promise]);
    }
    outgoing.destroy();
    expect((await post(server, protocol)).status).toBe(200);
  });

  it("to a wrong path is told the right ones", async () => {
    await using server = await startModelServer({ script: [] });
    const headers = { "x-api-key": protocol === "anthropic" ? "k" : "" };
    const given = protocol === "anthropic" ? headers : {};
    const response = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      headers: given,
      body: "{}",
    });
    expect(response.status).toBe(404);
    expect((await errorOf(response)).message).toContain("POST /v1/chat/completions, POST /v1/messages");
  });

  it("with a wrong method is refused", async () => {
    await using server = await startModelServer({ script: [] });
    const response = await fetch(
      server.baseUrls.openai + (protocol === "openai" ? "/chat/completions" : "/messages"),
    );
    expect(response.status).toBe(405);
  });
});

describe("GET /v1/models", () => {
  it("lists the models in OpenAI's form", async () => {
    await using server = await startModelServer({ script: [], models: ["a", "b"] });
    const list = await fetch(`${server.url}/v1/models`, { headers: { authorization: "Bearer k" } });
    expect(await list.json()).toMatchObject({
      object: "list",
      data: [{ id: "a", object: "model" }, { id: "b" }],
    });
  });

  it("lists the models in Anthropic's form", async () => {
    await using server = await startModelServer({ script: [], models: ["a", "b"] });
    const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
    const list = await fetch(`${server.url}/v1/models?limit=10`, { headers });
    expect(await list.json()).toMatchObject({
      data: [{ type: "model", id: "a" }, { id: "b" }],
      has_more: false,
      first_id: "a",
      last_id: "b",
    });
  });

  it("needs a key", async () => {
    await using server = await startModelServer({ script: [] });
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
  });
});
