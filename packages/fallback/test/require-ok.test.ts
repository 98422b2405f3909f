import { createServer } from "node:http";
import { startModelServer } from "@cloison/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Attempt, createFallback, HttpStatusError, requireOk } from "../src/index.ts";

/** A server that sends one body with status 500, and says how much of it was taken. */
async function serve(send: (write: (text: string) => boolean, end: () => void, cut: () => void) => void) {
  const server = createServer((_, answer) => {
    answer.writeHead(500, { "x-told": "yes" });
    send(
      (text) => answer.write(text),
      () => answer.end(),
      () => answer.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : undefined}`;
}

const failureOf = async (url: string): Promise<unknown> =>
  await fetch(url)
    .then(requireOk)
    .catch((error: unknown) => error);

describe("requireOk", () => {
  test("hands on a response that is ok", async () => {
    const response = new Response("fine");
    expect(await requireOk(response)).toBe(response);
    expect(await response.text()).toBe("fine");
  });

  test("throws status, headers and body of any other", async () => {
    const url = await serve((write, end) => {
      write('{"error":"no"}');
      end();
    });
    const error = await failureOf(url);
    expect(error).toBeInstanceOf(HttpStatusError);
    expect(error).toMatchObject({ code: "FALLBACK_HTTP", status: 500, body: '{"error":"no"}' });
    expect(error).toHaveProperty("message", expect.not.stringContaining('no"'));
    expect(error instanceof HttpStatusError && error.headers.get("x-told")).toBe("yes");
  });

  test("keeps 64 KiB of a body without end", async () => {
    const url = await serve((write) => {
      const chunk = "x".repeat(10_000);
      const timer = setInterval(() => write(chunk), 1);
      onTestFinished(() => clearInterval(timer));
    });
    expect(await failureOf(url)).toMatchObject({ body: "x".repeat(65_536) });
  });

  test("keeps what came of a body that breaks off", async () => {
    const url = await serve((write, _, cut) => {
      write("the beginning");
      setImmediate(cut);
    });
    const error = await failureOf(url);
    expect(error).toMatchObject({ status: 500 });
    expect("the beginning").toContain(error instanceof HttpStatusError ? error.body : "no such error");
  });
});

describe("a chain over fetch", () => {
  test("knows what the server's errors mean", async () => {
    const script = [
      { fault: { status: 429, headers: { "retry-after": "60" } } },
      { fault: { status: 529 } },
      { text: "hello" },
    ];
    await using server = await startModelServer({ script });
    const reasons: string[] = [];
    const chain = createFallback({
      candidates: ["anthropic/m1", "anthropic/m2"],
      keys: { anthropic: ["key-of-a-number-0001", "key-of-a-number-0002"] },
      attempts: 1,
      onEvent: (event) => {
        if (event.type === "failure")
          reasons.push(`${event.classification.matched} ${event.retryAfterMs ?? ""}`);
      },
    });
    const { value, candidate } = await chain.run(async ({ model, key = "" }: Attempt) => {
      const body = JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] });
      const call = { method: "POST", headers: { "x-api-key": key, "anthropic-version": "2023-06-01" }, body };
      const response = await fetch(`${server.baseUrls.anthropic}/v1/messages`, call).then(requireOk);
      return await response.json();
    });
    expect(reasons).toEqual(["anthropic/rate-limit 60000", "anthropic/overloaded "]);
    expect(value).toMatchObject({ content: [{ type: "text", text: "hello" }] });
    expect(candidate.model).toBe("m2");
    expect(server.requests.map(({ model, apiKey }) => `${model} ${apiKey?.slice(-4)}`)).toEqual([
      "m1 0001",
      "m1 0002",
      "m2 0001",
    ]);
  });
});
