import type { AnswerFunction, ProtocolName } from "@cloison/testing";
import { describe, expect, test, vi } from "vitest";
import type { ContextOverflow } from "../src/broker/model-call.ts";
import { asked, KEY_1, KEY_2, listening, setting } from "./chain-setting.ts";
import { modelCall } from "./model-call.ts";
import { createSleeplessClock, START } from "./sleepless-clock.ts";

const refuse = (status: number, headers: Record<string, string> = {}, body?: string | object) => ({
  fault: { status, headers, ...(body === undefined ? {} : { body }) },
});

/** What providers say to a key that is gone for good. */
const revoked = (protocol: ProtocolName) =>
  protocol === "openai"
    ? {
        error: {
          message: "This API key has been revoked.",
          type: "invalid_request_error",
          code: "account_deactivated",
        },
      }
    : { type: "error", error: { type: "authentication_error", message: "This API key has been revoked." } };

const tooLong = (protocol: ProtocolName) =>
  protocol === "openai"
    ? {
        error: {
          message:
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
          type: "invalid_request_error",
          code: "context_length_exceeded",
        },
      }
    : {
        type: "error",
        error: { type: "invalid_request_error", message: "prompt is too long: 9000 tokens > 8192 maximum" },
      };

const policy = {
  error: { type: "invalid_request_error", code: "content_policy_violation", message: "Refused." },
};

describe.each(["openai", "anthropic"] as const)("a chain of models in the %s protocol", (protocol) => {
  test("asks with the second key at once when the first one's limit is reached", async () => {
    const { server, open, clock } = await setting(protocol, {
      script: [refuse(429, { "retry-after": "30" }), { text: "yes" }, { text: "again" }],
    });
    const line = open();
    const answer = await line.call(modelCall());
    expect(answer).toMatchObject({
      key: "…2222",
      model: "first",
      attempts: [{ outcome: "rate_limit" }, { outcome: "ok" }],
    });
    expect(answer.attempts[0]).toMatchObject({ key: "…1111", status: 429, retryAfterMs: 30_000 });
    expect(clock.sleeps).toEqual([]);
    // The first key rests for as long as the provider has said, also in another run.
    await open().call(modelCall({ sessionId: "another" }));
    expect(asked(server)).toEqual([`first ${KEY_1}`, `first ${KEY_2}`, `first ${KEY_2}`]);
  });

  test("asks the next model about what one cannot take or nobody can place, and about content only where told", async () => {
    const { server, open } = await setting(protocol, {
      fallbacks: ["second"],
      script: [
        refuse(
          422,
          {},
          { error: { type: "invalid_request_error", message: "Invalid parameter: reasoning" } },
        ),
        { text: "taken" },
        refuse(418, {}, "short and stout"),
        { text: "placed" },
        refuse(400, {}, policy),
        refuse(400, {}, policy),
        { text: "told" },
      ],
    });
    const outcomes = (answer: { attempts: readonly { outcome: string }[] }) =>
      answer.attempts.map(({ outcome }) => outcome);
    expect(outcomes(await open().call(modelCall()))).toEqual(["format", "ok"]);
    expect(outcomes(await open().call(modelCall()))).toEqual([expect.stringMatching(/format|none/), "ok"]);
    await expect(open().call(modelCall())).rejects.toMatchObject({ reason: "content_policy" });
    expect(outcomes(await open({ jumpOn: ["content_policy"] }).call(modelCall()))).toEqual([
      "content_policy",
      "ok",
    ]);
    expect(server.requests.map(({ model }) => model)).toEqual([
      ...["first", "second", "first", "second", "first"],
      ...["first", "second"],
    ]);
  });

  test("asks the next model when the first is overloaded, after it has tried again", async () => {
    const { server, open } = await setting(protocol, {
      fallbacks: ["second"],
      script: ({ model }) => (model === "first" ? refuse(529) : { text: "yes" }),
    });
    const answer = await open({ maxRetries: 1 }).call(modelCall());
    expect(answer).toMatchObject({ model: "second", message: { model: "second" } });
    expect(asked(server)).toEqual([`first ${KEY_1}`, `first ${KEY_1}`, `second ${KEY_1}`]);
  });

  test("asks with the other key when one is refused, and parks it where that is for good", async () => {
    const script: AnswerFunction = ({ apiKey }) =>
      apiKey === KEY_1 ? refuse(401, {}, revoked(protocol)) : { text: "yes" };
    const { server, open, clock } = await setting(protocol, { fallbacks: ["second"], script });
    const first = await open().call(modelCall());
    expect(first.attempts.map(({ outcome }) => outcome)).toEqual(["auth_permanent", "ok"]);
    // An hour later, in another session, with another model: the key is still parked.
    clock.advance(3_600_000);
    const later = await open().call(modelCall({ sessionId: "another" }));
    expect(later.attempts).toHaveLength(1);
    expect(asked(server)).toEqual([`first ${KEY_1}`, `first ${KEY_2}`, `first ${KEY_2}`]);
  });

  test("asks again with what the caller has made shorter when the request is too long", async () => {
    const { server, open } = await setting(protocol, {
      fallbacks: ["second"],
      script: ({ messages }) =>
        messages[0]?.text === "long" ? refuse(400, {}, tooLong(protocol)) : { text: "yes" },
    });
    let content = "long";
    const overflows: ContextOverflow[] = [];
    const onOverflow = async (overflow: ContextOverflow) => {
      overflows.push(overflow);
      content = "short";
      return true;
    };
    const context = () => ({ messages: [{ role: "user" as const, content, timestamp: 1 }] });
    const answer = await open().call(modelCall({ context, onOverflow }));
    expect(answer.model).toBe("first");
    expect(overflows).toMatchObject([
      { provider: expect.any(String), model: "first", windowTokens: undefined },
    ]);
    expect(server.requests.map(({ messages }) => messages[0]?.text)).toEqual(["long", "short"]);
  });

  test("asks a larger model when the caller cannot make the request shorter", async () => {
    const { server, open } = await setting(protocol, {
      fallbacks: ["second"],
      script: ({ model }) => (model === "first" ? refuse(400, {}, tooLong(protocol)) : { text: "yes" }),
    });
    expect(await open().call(modelCall())).toMatchObject({ model: "second" });
    expect(asked(server)).toEqual([`first ${KEY_1}`, `second ${KEY_1}`]);
  });

  test.each([
    ["is cut in its middle", { cutAfterChunks: 4 }],
    ["holds a chunk that makes no sense", { malformedChunkAt: 3 }],
  ])("an answer that %s is void, and is asked for anew", async (_, fault) => {
    // OpenAI's client prints a chunk that it cannot read.
    vi.spyOn(console, "error").mockReturnValue();
    const { server, open } = await setting(protocol, {
      script: [{ text: "this is the first answer, of which half comes", fault }, { text: "whole" }],
    });
    const { heard, call } = listening();
    const { message, attempts } = await open().call(modelCall(call));
    expect(message.content).toMatchObject([{ type: "text", text: "whole" }]);
    expect(heard).toMatchObject({ text: "whole", discarded: 1 });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(["timeout", "ok"]);
    expect(asked(server)).toEqual([`first ${KEY_1}`, `first ${KEY_1}`]);
  });

  test("an empty answer is a failed attempt; when it is the last one, it is the error", async () => {
    const empty = { fault: { emptyAnswer: true as const } };
    const { server, open } = await setting(protocol, {
      fallbacks: ["second"],
      script: ({ model }, { index }) => (model === "second" && index < 9 ? { text: "yes" } : empty),
    });
    expect(await open({ maxRetries: 1 }).call(modelCall())).toMatchObject({ model: "second" });
    const alone = await setting(protocol, { script: () => empty });
    const error = await alone
      .open({ maxRetries: 1 })
      .call(modelCall())
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "EMPTY_ANSWER", model: "first", attempts: [{}, {}] });
    expect(server.requests).toHaveLength(3);
    expect(alone.server.requests).toHaveLength(2);
  });

  test("all down is one typed error with every attempt, long before the deadline, and shows no key", async () => {
    const { server, open, clock } = await setting(protocol, {
      fallbacks: ["second"],
      script: () => refuse(503),
    });
    const error = await open({ deadlineMs: 50_000 })
      .call(modelCall())
      .catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: "MODEL_CALL_FAILED",
      model: "second",
      status: 503,
      message: expect.stringMatching(
        /in 6 attempts .*first …1111.*second …1111.*in trouble: run again in \d+ s/,
      ),
      attempts: Array.from({ length: 6 }, () => expect.objectContaining({ status: 503 })),
    });
    expect(clock.now() - START).toBeLessThan(50_000);
    expect(server.requests).toHaveLength(6);
    expect(JSON.stringify(error) + String(error)).not.toContain("sk-canary");
  });

  test("the deadline ends a call that hangs, and nothing is asked after it", async () => {
    const clock = createSleeplessClock();
    const { server, open } = await setting(protocol, {
      clock,
      fallbacks: ["second"],
      script: () => ({ fault: { hang: true } }),
    });
    server.onRequest(() => clock.advance(5000));
    const error = await open({ deadlineMs: 5000 })
      .call(modelCall())
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "MODEL_CALL_FAILED", reason: "timeout", attempts: [{}] });
    expect(String(error)).toMatch(/no answer within 5 s.*give an attemptTimeoutMs/);
    expect(await server.requests[0]?.ended).toBe("aborted");
    expect(server.requests).toHaveLength(1);
  });

  test("an abort while it waits ends it at once with the signal's reason", async () => {
    const abort = new AbortController();
    // Nobody ever wakes who sleeps.
    const clock = createSleeplessClock(() => {
      abort.abort(new Error("enough"));
      return new Promise(() => undefined);
    });
    const { server, open } = await setting(protocol, { clock, script: () => refuse(503) });
    await expect(open().call(modelCall({ signal: abort.signal }))).rejects.toThrow("enough");
    expect(clock.sleeps).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  test("what a hook throws ends the call with exactly that, and no other model is asked", async () => {
    const { server, open } = await setting(protocol, { fallbacks: ["second"], script: [refuse(529)] });
    const stop = new Error("the budget is spent");
    const beforeAttempt = vi.fn().mockResolvedValueOnce(undefined).mockRejectedValueOnce(stop);
    const { heard, call } = listening();
    await expect(open({ maxRetries: 0 }).call(modelCall({ ...call, beforeAttempt }))).rejects.toBe(stop);
    expect(beforeAttempt).toHaveBeenLastCalledWith(expect.objectContaining({ model: "second" }));
    expect(server.requests).toHaveLength(1);
    expect(heard.events.at(-1)).toMatchObject({ type: "give_up" });
  });

  test("what a broken answer has cost is counted, with its key", async () => {
    const usage = { inputTokens: 100, outputTokens: 5 };
    // Anthropic tells the input at the beginning, OpenAI all at the end.
    const half = { text: "half of an answer and more", usage, fault: { cutAfterChunks: 4 } };
    const script = [protocol === "anthropic" ? half : { text: " ", usage }, { text: "yes", usage }];
    const { open } = await setting(protocol, { script });
    const { heard, call } = listening();
    await open().call(modelCall(call));
    expect(heard.spent.map(({ key, usage }) => [key, usage.input])).toEqual([
      ["…1111", 100],
      ["…1111", 100],
    ]);
    expect(heard.spent.map(({ answer }) => answer === undefined)).toEqual([true, false]);
  });

  test("a session keeps to its key over calls and runs; sessions are shared out among the keys", async () => {
    const { server, open } = await setting(protocol, { script: () => ({ text: "yes" }) });
    const line = open();
    await line.call(modelCall({ sessionId: "a" }));
    await line.call(modelCall({ sessionId: "a" }));
    await open().call(modelCall({ sessionId: "b" }));
    await open().call(modelCall({ sessionId: "a" }));
    // The same id, but another user's.
    await open({ userId: "bob" }).call(modelCall({ sessionId: "a" }));
    expect(server.requests.map(({ apiKey }) => apiKey)).toEqual([KEY_1, KEY_1, KEY_2, KEY_1, KEY_2]);
  });
});
