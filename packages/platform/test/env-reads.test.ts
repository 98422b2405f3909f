import { afterEach, describe, expect, test, vi } from "vitest";
import { findProvider } from "../src/broker/providers.ts";
import { readsOfEnvironment } from "./env-reads.ts";
import { modelCall } from "./model-call.ts";
import { openLine } from "./open-line.ts";

const KEY = "sk-of-the-tenant-1234";

/** Of Node itself, its HTTP client, its web sockets and the test runner. */
const OF_NODE = /^(JEST_|NODE_|UNDICI_|VITEST|WATCH_REPORT_|WS_NO_)/;

/** What the clients of OpenAI and Anthropic read: it is either undone by what is sent, or changes nothing. */
const ofOpenAi = ["ADMIN_KEY", "CUSTOM_HEADERS", "LOG", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"];
const ofAnthropic = ["CUSTOM_HEADERS", "LOG", "WEBHOOK_SIGNING_KEY"];

/** A provider of each protocol, and the variables that its client is known to read. */
const protocols: readonly (readonly [api: string, provider: string, reads: readonly string[]])[] = [
  ["openai-completions", "groq", ofOpenAi.map((name) => `OPENAI_${name}`)],
  ["openai-responses", "openai", ofOpenAi.map((name) => `OPENAI_${name}`)],
  ["anthropic-messages", "anthropic", ofAnthropic.map((name) => `ANTHROPIC_${name}`)],
  ["mistral-conversations", "mistral", []],
  ["pi-messages", "radius", []],
  [
    "google-generative-ai",
    "google",
    [
      "GEMINI_API_KEY",
      "GOOGLE_API_KEY",
      "GOOGLE_CLOUD_LOCATION",
      "GOOGLE_CLOUD_PROJECT",
      "GOOGLE_GEMINI_BASE_URL",
      "GOOGLE_GENAI_USE_ENTERPRISE",
      "GOOGLE_GENAI_USE_VERTEXAI",
      "GOOGLE_SDK_NODE_LOGGING",
      "GOOGLE_VERTEX_BASE_URL",
    ],
  ],
];

/** Variables that are not read, as far as anybody knows, but would do harm. */
const FEARED = [
  "GROQ_API_KEY",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** A line to the first model that a provider has; all its requests are refused before they leave. */
async function refusedLine(provider: string) {
  const asked: Request[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push(new Request(input, init));
    return Response.json({ error: { message: "no" } }, { status: 401 });
  };
  // For Google's client, which takes no other.
  vi.stubGlobal("fetch", fetch);
  const model = (await findProvider(provider)?.load())?.getModels()[0];
  const target = { provider, model: model?.id ?? "", baseUrl: undefined };
  const line = openLine(target, { key: KEY }, { fetch });
  await line.ready();
  const call = () => line.call(modelCall()).catch((error: unknown) => error);
  return { asked, model, call };
}

describe.each(protocols)("a call in the protocol %s, such as %s's", (api, provider, reads) => {
  test("reads of the environment what is known, and nothing else", async () => {
    const { model, call } = await refusedLine(provider);
    expect(model?.api).toBe(api);
    const names = await readsOfEnvironment(call);
    expect(names.filter((name) => !OF_NODE.test(name) && !reads.includes(name))).toEqual([]);
  });

  test("takes nothing of it to the provider, and goes nowhere else", async () => {
    for (const name of [...reads, ...FEARED]) {
      vi.stubEnv(name, name.endsWith("_URL") ? "http://ambient.invalid" : "ambient");
    }
    vi.stubEnv("OPENAI_CUSTOM_HEADERS", "x-own: ambient");
    vi.stubEnv("ANTHROPIC_CUSTOM_HEADERS", "x-api-key: ambient");
    for (const name of ["OPENAI_LOG", "ANTHROPIC_LOG", "GOOGLE_SDK_NODE_LOGGING"]) vi.stubEnv(name, "");
    for (const name of ["ENTERPRISE", "VERTEXAI"]) vi.stubEnv(`GOOGLE_GENAI_USE_${name}`, "true");
    const { asked, model, call } = await refusedLine(provider);
    await call();
    expect(asked).toHaveLength(1);
    const [{ url, headers } = new Request("http://nowhere.invalid")] = asked;
    expect(new URL(url).origin).toBe(new URL(model?.baseUrl ?? "").origin);
    const sent = JSON.stringify([url, ...headers]);
    expect(sent).toContain(KEY);
    expect(sent).not.toContain("ambient");
  });
});
