import { describe, expect, it } from "vitest";
import { createKeyRing, createKeyUses, FallbackOptionsError, type KeyRingOptions } from "../src/index.ts";

const env = { OPENAI_API_KEYS: "env-1,env-2" };

describe("where the keys of a ring come from", () => {
  it("is the first source that has any: the given ones, sources in order, the environment", async () => {
    const source = (name: string) => (provider: string) => (provider === name ? [`from-${name}`] : []);
    const ring = createKeyRing({
      keys: { groq: "given", xai: [], openai: undefined },
      sources: [source("groq"), source("xai"), async (name) => source("mistral")(name)],
      env: { ...env, XAI_API_KEY: "env", MISTRAL_API_KEY: "env", GROQ_API_KEY: "env" },
    });
    expect(await ring.order("groq")).toEqual(["given"]);
    expect(await ring.order("xai")).toEqual(["from-xai"]);
    expect(await ring.order("mistral")).toEqual(["from-mistral"]);
    expect(await ring.order("openai")).toEqual(["env-1", "env-2"]);
    expect(await ring.order("anthropic")).toEqual([]);
  });

  it("is never the process's own environment unless that is given", async () => {
    process.env.CLOISON_TEST_API_KEY = "of-the-process";
    try {
      expect(await createKeyRing().order("cloison-test")).toEqual([]);
      expect(await createKeyRing({ env: process.env }).order("cloison-test")).toEqual(["of-the-process"]);
    } finally {
      delete process.env.CLOISON_TEST_API_KEY;
    }
  });

  it("is the environment as it was when the ring was made", async () => {
    const changing: Record<string, string> = { XAI_API_KEY: "before" };
    const ring = createKeyRing({ env: changing });
    changing.XAI_API_KEY = "after";
    expect(await ring.order("xai")).toEqual(["before"]);
  });

  it("may be another variable of the provider's", async () => {
    const variables = { google: ["GEMINI_API_KEY"] };
    const ring = createKeyRing({ env: { GEMINI_API_KEY: "a", GOOGLE_API_KEY: "b" }, variables });
    expect(await ring.order("google")).toEqual(["a"]);
  });

  it.each(["constructor", "__proto__", "toString"])("has nothing for a provider named %s", async (name) => {
    expect(await createKeyRing({ keys: { openai: "a" }, env: {} }).order(name)).toEqual([]);
  });

  it("is no weaker source when a stronger one fails", async () => {
    const failure = new TypeError("the vault is locked");
    const ring = createKeyRing({ sources: [() => Promise.reject(failure)], env });
    await expect(ring.order("openai")).rejects.toBe(failure);
  });

  it("is asked anew each time, as a vault can change", async () => {
    let keys = ["one"];
    const ring = createKeyRing({ sources: [() => keys] });
    expect(await ring.order("openai")).toEqual(["one"]);
    keys = ["two", "two"];
    expect(await ring.order("openai")).toEqual(["two"]);
  });
});

describe("the order of a ring's keys", () => {
  const keys = { openai: ["a", "b", "c"], groq: ["a", "b"] };

  it("is the source's while none was used, and asking alone changes nothing", async () => {
    const ring = createKeyRing({ keys });
    for (let round = 0; round < 3; round++) expect(await ring.order("openai", "s")).toEqual(["a", "b", "c"]);
  });

  it("has the least recently used first for who has no key yet", async () => {
    const ring = createKeyRing({ keys });
    ring.used("openai", "a", "one");
    expect(await ring.order("openai", "two")).toEqual(["b", "c", "a"]);
    ring.used("openai", "b", "two");
    ring.used("openai", "a", "one");
    expect(await ring.order("openai", "three")).toEqual(["c", "b", "a"]);
    expect(await ring.order("openai")).toEqual(["c", "b", "a"]);
  });

  it("keeps a session at its key, and at the next one after it went to that", async () => {
    const ring = createKeyRing({ keys });
    ring.used("openai", "b", "one");
    ring.used("openai", "c", "two");
    expect(await ring.order("openai", "one")).toEqual(["b", "a", "c"]);
    ring.used("openai", "a", "one");
    expect(await ring.order("openai", "one")).toEqual(["a", "b", "c"]);
    expect(await ring.order("openai", "two")).toEqual(["c", "b", "a"]);
  });

  it("is one of each provider, though they share a key", async () => {
    const ring = createKeyRing({ keys });
    ring.used("openai", "a", "one");
    expect(await ring.order("groq", "one")).toEqual(["a", "b"]);
    ring.used("groq", "b", "one");
    expect(await ring.order("openai", "one")).toEqual(["a", "b", "c"]);
  });

  it("forgets a session's key that is there no more", async () => {
    let given = ["a", "b"];
    const ring = createKeyRing({ sources: [() => given] });
    ring.used("openai", "a", "one");
    given = ["b", "c"];
    expect(await ring.order("openai", "one")).toEqual(["b", "c"]);
  });

  it("goes on in another ring that shares the uses", async () => {
    const uses = createKeyUses();
    createKeyRing({ keys, uses }).used("openai", "b", "one");
    const ring = createKeyRing({ sources: [() => ["a", "b"]], uses });
    expect(await ring.order("openai", "one")).toEqual(["b", "a"]);
    expect(await createKeyRing({ keys }).order("openai", "one")).toEqual(["a", "b", "c"]);
  });
});

describe("what a ring refuses, without showing a key", () => {
  it.each<[string, KeyRingOptions]>([
    ["keys", { keys: { openai: "se cret" } }],
    ["keys", { keys: { openai: ["good", "sec\nret"] } }],
    ["keys", { keys: { openai: "" } }],
    ["keys", { keys: JSON.parse('{ "openai": [1] }') }],
    ["keys", { keys: JSON.parse('["secret"]') }],
    ["sources", { sources: JSON.parse('["secret"]') }],
    ["sources", { sources: JSON.parse('{ "a": "secret" }') }],
    ["env", { env: JSON.parse('"secret"') }],
    ["variables", { variables: JSON.parse('{ "openai": "secret" }') }],
    ["apiKeys", JSON.parse('{ "apiKeys": { "openai": "secret" } }')],
    ["options", JSON.parse('"secret"')],
  ])("a bad option: %s (%#)", (option, options) => {
    let error: unknown;
    try {
      createKeyRing(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FallbackOptionsError);
    expect(error).toMatchObject({ code: "FALLBACK_OPTIONS", option });
    expect(String(error)).not.toMatch(/sec\s?ret/);
  });

  it.each([["sec ret"], [""], ["good", "sec\r\nret"]])(
    "a source's text that is no key: %j",
    async (...texts) => {
      const order = createKeyRing({ sources: [() => texts] }).order("openai");
      const error: unknown = await Promise.resolve(order).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "FALLBACK_OPTIONS", option: "sources" });
      expect(String(error)).not.toContain("sec");
    },
  );

  it.each([{ sessions: 0 }, { sessions: 1.5 }, { keys: 1_000_001 }, JSON.parse('{ "max": 3 }')])(
    "bounds that are none: %j",
    (options) => {
      expect(() => createKeyUses(options)).toThrow(FallbackOptionsError);
    },
  );
});
