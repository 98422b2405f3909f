import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelScript, ProtocolName } from "@cloison/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createBroker } from "../src/broker/broker.ts";
import { findProvider, keyVariables, providerNames } from "../src/broker/providers.ts";
import type { KeyLists } from "../src/options/api-keys.ts";
import { modelCall } from "./model-call.ts";
import { modelServer } from "./model-server.ts";
import { keyLists, lineRequest, openLine } from "./open-line.ts";
import { createSleeplessClock } from "./sleepless-clock.ts";

const KEY = "sk-canary-7f3a9c";

interface Setting {
  protocol: ProtocolName;
  script: ModelScript;
  signal?: AbortSignal;
  key?: string;
}

/** Calls the scripted model once, as a run does. */
async function ask({ protocol, script, signal, key = KEY }: Setting) {
  const server = await modelServer(script);
  const provider = protocol === "anthropic" ? "anthropic" : "local";
  const line = openLine(
    { provider, model: "scripted", baseUrl: server.baseUrls[protocol] },
    { key },
    { clock: createSleeplessClock() },
  );
  const streamed = { text: "", thinking: "" };
  const answer = line.call(
    modelCall({
      ...(signal === undefined ? {} : { signal }),
      onText: (delta) => {
        streamed.text += delta;
      },
      onThinking: (delta) => {
        streamed.thinking += delta;
      },
    }),
  );
  return { server, streamed, answer: answer.then(({ message }) => message) };
}

describe.each(["openai", "anthropic"] as const)("a model call in the %s protocol", (protocol) => {
  test("sends system prompt, messages, tools and key, and streams text and thinking", async () => {
    const script = [
      { thinking: "let me see", text: "good morning to you", usage: { inputTokens: 7, outputTokens: 5 } },
    ];
    const { server, streamed, answer } = await ask({ protocol, script });
    expect(await answer).toMatchObject({
      stopReason: "stop",
      usage: { input: 7, output: 5, totalTokens: 12 },
    });
    expect(streamed).toEqual({ text: "good morning to you", thinking: "let me see" });
    expect(server.requests[0]).toMatchObject({
      protocol,
      model: "scripted",
      apiKey: KEY,
      stream: true,
      system: "be brief",
      messages: [{ role: "user", text: "hello" }],
      tools: [{ name: "bash" }],
    });
  });

  test("returns tool calls", async () => {
    const toolCalls = [
      { name: "bash", arguments: { command: "ls" } },
      { name: "bash", arguments: { command: "id" } },
    ];
    const { answer } = await ask({ protocol, script: [{ toolCalls }] });
    const { content, stopReason } = await answer;
    expect(stopReason).toBe("toolUse");
    expect(content).toMatchObject(toolCalls.map((call) => ({ type: "toolCall", ...call })));
  });

  test.each([
    [401, /refuses the key/],
    [404, /model's name and the baseUrl/],
    [429, /wait 3 s/],
    [500, /in trouble/],
    [529, /in trouble/],
  ])(
    "refused with status %i is a typed error that says what to do, after one attempt",
    async (status, advice) => {
      const script = [{ fault: { status, headers: { "retry-after": "3" } } }];
      const { server, answer } = await ask({ protocol, script });
      await expect(answer).rejects.toMatchObject({
        code: "MODEL_CALL_FAILED",
        model: "scripted",
        status,
        retryAfterMs: 3000,
        message: expect.stringMatching(advice),
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  test("that is redirected takes the key nowhere else, and says where it was led", async () => {
    const other = await modelServer([]);
    const location = `${other.url}/v1/elsewhere`;
    const { answer } = await ask({ protocol, script: [{ fault: { status: 307, headers: { location } } }] });
    await expect(answer).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      status: 307,
      message: expect.stringContaining(location),
    });
    expect(other.requests).toEqual([]);
  });

  test.each([
    ["cut in the middle", { cutAfterChunks: 3 }],
    ["broken in the middle", { malformedChunkAt: 2 }],
  ])("%s is a typed error without a status", async (_, fault) => {
    // OpenAI's client prints a chunk that it cannot read.
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => void vi.restoreAllMocks());
    const { answer } = await ask({ protocol, script: [{ text: "a long enough answer to be cut", fault }] });
    await expect(answer).rejects.toMatchObject({ code: "MODEL_CALL_FAILED", status: undefined });
  });

  test.each([
    ["nothing", { fault: { emptyAnswer: true as const } }],
    ["white space", { text: " \n" }],
    ["thinking", { thinking: "hm", text: "" }],
  ])("answered with %s alone is an error, never success", async (_, reply) => {
    const { answer } = await ask({ protocol, script: [reply] });
    await expect(answer).rejects.toMatchObject({ code: "EMPTY_ANSWER", model: "scripted" });
  });

  test("that is aborted ends at once with the signal's reason, and the server sees it", async () => {
    const abort = new AbortController();
    const { server, answer } = await ask({
      protocol,
      script: [{ fault: { hang: true } }],
      signal: abort.signal,
    });
    answer.catch(() => undefined);
    await new Promise<void>((resolve) => server.onRequest(() => resolve()));
    abort.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
    expect(await server.requests[0]?.ended).toBe("aborted");
  });

  test("shows the key nowhere, even when the other side says it back", async () => {
    const echo = { error: { message: `Incorrect API key provided: ${KEY}.`, type: "x" } };
    const { answer: refused } = await ask({ protocol, script: [{ fault: { status: 401, body: echo } }] });
    const error = await refused.catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: "MODEL_CALL_FAILED",
      message: expect.stringContaining("[redacted]"),
    });
    expect(everyText(error)).not.toContain(KEY);
    const said = {
      text: `your key is ${KEY}`,
      toolCalls: [{ name: "bash", arguments: { command: `echo ${KEY}` } }],
    };
    const { answer, streamed } = await ask({ protocol, script: [{ ...said, chunkSize: 100 }] });
    expect(JSON.stringify([await answer, streamed])).not.toContain(KEY);
    expect(streamed.text).toBe("your key is [redacted]");
  });

  test("leaves an answer as it is when the key is but a word", async () => {
    const { answer, streamed } = await ask({
      protocol,
      key: "none",
      script: [{ text: "none of the totalTokens" }],
    });
    expect(await answer).toMatchObject({ content: [{ text: "none of the totalTokens" }] });
    expect(streamed.text).toBe("none of the totalTokens");
  });
});

describe("a provider that cannot be reached", () => {
  test("is a typed error that tells the network's own as its cause", async () => {
    const server = await modelServer([]);
    await server.close();
    const line = openLine({ provider: "local", model: "m", baseUrl: server.baseUrls.openai }, { key: KEY });
    const error = await line.call(modelCall()).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "MODEL_CALL_FAILED", status: undefined, cause: expect.any(Error) });
    expect(everyText(error)).toMatch(/ECONNREFUSED/);
  });
});

describe("tool calls that a server gave no id", () => {
  test("get ids of their own", async () => {
    const chunk = (delta: object, finish_reason: string | null) =>
      `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    const call = (index: number, id: string) => ({
      index,
      id,
      type: "function",
      function: { name: "bash", arguments: "{}" },
    });
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(
        chunk({ role: "assistant", tool_calls: [call(0, "a"), call(1, ""), call(2, "")] }, null),
      );
      response.end(`${chunk({}, "tool_calls")}data: [DONE]\n\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const target = { provider: "local", model: "m", baseUrl: `http://127.0.0.1:${port}/v1` };
    const line = openLine(target, { key: KEY });
    const {
      message: { content },
    } = await line.call(modelCall());
    const ids = content.flatMap((block) => (block.type === "toolCall" ? block.id : []));
    expect(ids).toEqual(["a", expect.stringMatching(/^call_/), expect.stringMatching(/^call_/)]);
    expect(new Set(ids).size).toBe(3);
  });
});

describe("the key of a call", () => {
  const target = { provider: "some-gateway", model: "m", baseUrl: "http://127.0.0.1:1" };

  test("is taken from the run, then the platform, then the environment", async () => {
    const server = await modelServer(() => ({ text: "yes" }));
    const at = { ...target, baseUrl: server.baseUrls.openai };
    const env = { SOME_GATEWAY_API_KEY: "from-env" };
    const call = async (platformKeys: KeyLists, runKeys: KeyLists) => {
      const broker = createBroker({ apiKeys: platformKeys, env });
      const line = broker.open(lineRequest(at, { apiKeys: runKeys }));
      await line.call(modelCall());
      return server.requests.at(-1)?.apiKey;
    };
    const platformKeys = keyLists({ "some-gateway": "from-platform" });
    expect(await call(platformKeys, keyLists({ "some-gateway": "from-run" }))).toBe("from-run");
    expect(await call(platformKeys, keyLists({ another: "from-run" }))).toBe("from-platform");
    expect(await call(new Map(), new Map())).toBe("from-env");
  });

  test("is missed by a typed error that names the variable", () => {
    expect(() => openLine(target, { env: { SOME_GATEWAY_API_KEY: "  " } })).toThrow(
      expect.objectContaining({
        code: "MISSING_API_KEY",
        variable: "SOME_GATEWAY_API_KEY",
        message: expect.stringContaining("SOME_GATEWAY_API_KEY"),
      }),
    );
  });

  test("has the variable that the provider's users know", () => {
    expect(keyVariables("anthropic")).toEqual(["ANTHROPIC_API_KEY"]);
    expect(keyVariables("google")).toEqual(["GEMINI_API_KEY", "GOOGLE_API_KEY"]);
    expect(keyVariables("my.own-one")).toEqual(["MY_OWN_ONE_API_KEY"]);
  });
});

describe("built-in providers", () => {
  test.each(providerNames())("%s loads, with an address and models for each", async (name) => {
    const models = (await findProvider(name)?.load())?.getModels() ?? [];
    expect(models.length).toBeGreaterThan(0);
    for (const model of models)
      expect(model).toMatchObject({ provider: name, baseUrl: expect.stringMatching(/^https:/) });
  });

  test("no other name is one, whatever JavaScript objects have", () => {
    for (const name of ["constructor", "__proto__", "toString", ""])
      expect(findProvider(name)).toBeUndefined();
    expect(() => openLine({ provider: "nobody", model: "m", baseUrl: undefined })).toThrow(
      expect.objectContaining({ code: "UNKNOWN_PROVIDER", message: expect.stringContaining("anthropic") }),
    );
  });

  test("a model that the catalogue does not have is a typed error; with a base URL it may be any", async () => {
    const unknown = { provider: "openai", model: "no-such", baseUrl: undefined };
    await expect(openLine(unknown, { key: KEY }).ready()).rejects.toMatchObject({ code: "UNKNOWN_MODEL" });
    await openLine({ ...unknown, baseUrl: "http://127.0.0.1:1/v1" }, { key: KEY }).ready();
  });

  test("a model of the catalogue keeps its price behind a base URL", async () => {
    const server = await modelServer([{ text: "yes", usage: { inputTokens: 1_000_000, outputTokens: 0 } }]);
    const model = (await findProvider("openai")?.load())?.getModels().find((model) => model.cost.input > 0);
    const target = { provider: "openai", model: model?.id ?? "", baseUrl: server.baseUrls.openai };
    const line = openLine(target, { key: KEY });
    const { message } = await line.call(modelCall());
    expect(message.usage.cost.total).toBeGreaterThan(0);
    expect(server.requests[0]).toMatchObject({ protocol: "openai", model: model?.id });
  });
});

/** All that an error shows, and the errors beneath it. */
function everyText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), everyText(error.cause)].join("\n");
}
