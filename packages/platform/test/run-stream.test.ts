import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RunEvent, RunTimeoutError } from "../src/index.ts";
import { processesNamed } from "./processes.ts";
import { bash, listen, setting } from "./setting.ts";

const hang = { fault: { hang: true as const } };

describe.each(["openai", "anthropic"] as const)("a stream over the %s protocol", (protocol) => {
  test("gives the same events as onEvent, and ends after done; its result is run's", async () => {
    const script = [{ thinking: "look", ...bash("echo hi") }, { text: "it says hi, twice over" }];
    const { ws } = await setting(script, { protocol });
    const { events, onEvent } = listen();
    const stream = ws.stream({ message: "go", sessionId: "s", onEvent });
    expect(stream.sessionId).toBe("s");
    const streamed: RunEvent[] = [];
    for await (const event of stream) streamed.push(event);
    const result = await stream.result;
    expect(result).toMatchObject({ response: "it says hi, twice over", turns: 2, sessionId: "s" });
    expect(streamed.at(-1)).toEqual({ type: "done", ...result });
    expect(typesOf(streamed)).toEqual(typesOf(events));
    expect(textOf(streamed)).toBe("it says hi, twice over");
  });
});

describe("a stream", () => {
  test("that nobody reads until the run is over still gives all of it, in less", async () => {
    const { ws } = await setting([{ text: "a".repeat(4000), chunkSize: 4 }]);
    const stream = ws.stream({ message: "go" });
    await stream.result;
    const events: RunEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.filter(({ type }) => type === "text_delta")).toEqual([
      { type: "text_delta", text: "a".repeat(4000) },
    ]);
    expect(events.at(-1)?.type).toBe("done");
  });

  test("may be read once only", async () => {
    const { ws } = await setting([{ text: "one" }]);
    const stream = ws.stream({ message: "go" });
    for await (const { type } of stream) expect(type).not.toBe("events_lost");
    expect(() => stream[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: "STREAM_CONSUMED" }),
    );
  });

  test("refuses wrong options at once", async () => {
    const { ws } = await setting([]);
    expect(() => ws.stream({ message: "" })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  test("of a run that fails gives its events, then throws its error; its result rejects the same", async () => {
    const { ws } = await setting([{ fault: { status: 500 } }]);
    const stream = ws.stream({ message: "go", maxRetries: 0 });
    const types: string[] = [];
    const read = async () => {
      for await (const { type } of stream) types.push(type);
    };
    await expect(read()).rejects.toMatchObject({ code: "MODEL_CALL_FAILED", status: 500 });
    expect(types).toContain("model_call");
    expect(types).not.toContain("done");
    await expect(stream.result).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
  });

  test("of a run that fails is no unhandled rejection, if nobody reads it or only its events are read", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const { ws, server } = await setting(() => ({ fault: { status: 500 } }));
      const ignored = ws.stream({ message: "go", maxRetries: 0 });
      ignored.steer("hurry").catch(() => undefined);
      void ignored.followUp("and then?");
      const read = async () => {
        for await (const _ of ws.stream({ message: "go", maxRetries: 0 }));
      };
      await expect(read()).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
      await ignored.result.catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      expect(server.requests.length).toBeGreaterThan(1);
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(unhandled).toEqual([]);
  });
});

describe("leaving the loop over a stream", () => {
  test("aborts the run, and goes on when its processes are gone", async () => {
    const { ws, server } = await setting([
      bash("setsid sleep 86399.71 & sleep 86399.72 & touch up; sleep 86399.73"),
      { text: "never mind" },
    ]);
    const stream = ws.stream({ message: "go", sessionId: "s" });
    for await (const { type } of stream) {
      if (type !== "tool_start") continue;
      await until(() => existsSync(join(ws.filesDir, "up")));
      break;
    }
    expect(processesNamed("86399.7")).toEqual([]);
    await expect(stream.result).rejects.toMatchObject({ code: "RUN_ABORTED", sessionId: "s" });
    expect(await ws.run({ message: "stop it", sessionId: "s" })).toMatchObject({ response: "never mind" });
    expect(server.requests[1]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "user",
    ]);
  });

  test("does so also while it waits for the next event", async () => {
    const { ws, server } = await setting([hang]);
    const asked = new Promise<void>((resolve) => server.onRequest(() => resolve()));
    const stream = ws.stream({ message: "go" });
    const reader = stream[Symbol.asyncIterator]();
    const last = (async () => {
      for (;;) if ((await reader.next()).done) return "over";
    })();
    await asked;
    await reader.return?.();
    expect(await last).toBe("over");
    await expect(stream.result).rejects.toMatchObject({ code: "RUN_ABORTED" });
    expect(await server.requests[0]?.ended).toBe("aborted");
  });

  test("at done leaves the run what it is: a success", async () => {
    const { ws } = await setting([{ text: "one" }]);
    const stream = ws.stream({ message: "go" });
    for await (const { type } of stream) if (type === "done") break;
    expect(await stream.result).toMatchObject({ response: "one" });
  });
});

describe("a stream's abort", () => {
  test("ends the run with the reason that was given", async () => {
    const { ws, server } = await setting([hang]);
    server.onRequest(() => stream.abort(new Error("enough")));
    const stream = ws.stream({ message: "go" });
    await expect(stream.result).rejects.toMatchObject({
      code: "RUN_ABORTED",
      cause: expect.objectContaining({ message: "enough" }),
    });
  });
});

describe("a run's timeoutMs", () => {
  test.each([
    ["the model's answer", [hang]],
    ["a tool", [bash("sleep 86399.81")]],
  ])("ends the run during %s with a typed error, and leaves a session to go on with", async (_, script) => {
    const { ws, server } = await setting([...script, { text: "where were we?" }]);
    const run = ws.run({ message: "go", sessionId: "s", timeoutMs: 2000 });
    await expect(run).rejects.toBeInstanceOf(RunTimeoutError);
    await expect(run).rejects.toMatchObject({
      code: "RUN_TIMEOUT",
      timeoutMs: 2000,
      sessionId: "s",
      attempts: expect.any(Array),
      message: expect.stringContaining("raise timeoutMs"),
    });
    expect(processesNamed("86399.81")).toEqual([]);
    expect(await ws.resume("s")).toMatchObject({ response: "where were we?" });
    expect(server.requests[1]?.messages[0]?.text).toBe("go");
    expect(server.requests[1]?.messages.filter(({ role }) => role === "user")).toHaveLength(1);
  });

  test("holds for the wait for the session, too; so does the run's signal", async () => {
    const { ws, server } = await setting([hang]);
    const asked = new Promise<void>((resolve) => server.onRequest(() => resolve()));
    const first = ws.stream({ message: "go", sessionId: "s" });
    await asked;
    const busyTimeoutMs = 86_400_000;
    await expect(
      ws.run({ message: "go", sessionId: "s", busyTimeoutMs, timeoutMs: 50 }),
    ).rejects.toMatchObject({ code: "RUN_TIMEOUT" });
    const second = ws.stream({ message: "go", sessionId: "s", busyTimeoutMs });
    second.abort();
    await expect(second.result).rejects.toMatchObject({ code: "RUN_ABORTED" });
    first.abort();
    await expect(first.result).rejects.toMatchObject({ code: "RUN_ABORTED" });
  });

  test("does not touch a run that is done in time", async () => {
    const { ws } = await setting([{ text: "one" }]);
    expect(await ws.run({ message: "go", timeoutMs: 86_400_000 })).toMatchObject({ response: "one" });
    expect(readdirSync(join(ws.filesDir, ".."))).toContain("files");
  });
});

function typesOf(events: readonly RunEvent[]): string[] {
  return events
    .map(({ type }) => type)
    .filter((type, index, all) => type !== "tool_update" && type !== all[index - 1]);
}

function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === "text_delta" ? event.text : "")).join("");
}

/** Waits until it is true of the world outside, which tells nobody. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
