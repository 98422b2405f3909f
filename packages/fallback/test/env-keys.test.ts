import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keysFromEnv } from "../src/index.ts";

const key = fc.stringMatching(/^sk-[A-Za-z0-9_-]{8,20}$/);

describe("keys in the environment", () => {
  it("come in the order: one, list, numbered, numbered in short", () => {
    const env = {
      OPENAI_KEY_1: "e",
      OPENAI_API_KEY_10: "d",
      OPENAI_API_KEY_2: "c",
      OPENAI_API_KEYS: "b1,b2",
      OPENAI_API_KEY: "a",
    };
    expect(keysFromEnv("openai", env)).toEqual(["a", "b1", "b2", "c", "d", "e"]);
  });

  it.each([
    ["commas", "a,b,c"],
    ["semicolons", "a;b;c"],
    ["white space", "a b\n\tc"],
    ["all of them, with blanks", " ,a;, b\r\n;;c, "],
  ])("are separated by %s in a list", (_, list) => {
    expect(keysFromEnv("groq", { GROQ_API_KEYS: list })).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["vercel-ai-gateway", "VERCEL_AI_GATEWAY_API_KEY"],
    ["my.own provider", "MY_OWN_PROVIDER_API_KEY"],
    ["z1", "Z1_API_KEY"],
    ["constructor", "CONSTRUCTOR_API_KEY"],
  ])("of %s are in %s", (provider, variable) => {
    expect(keysFromEnv(provider, { [variable]: "a" })).toEqual(["a"]);
  });

  it("are read from numbers 1 to 100, with gaps, by number", () => {
    const names = ["0", "01", "1", "7", "100", "101", "1000", "x", "", "2x", "-3"];
    const env = Object.fromEntries(names.map((name) => [`XAI_API_KEY_${name}`, `key${name}`]));
    expect(keysFromEnv("xai", env)).toEqual(["key1", "key7", "key100"]);
  });

  it("lose the white space around them, and count once", () => {
    const env = { XAI_API_KEY: " a\n", XAI_API_KEYS: "a,b,a", XAI_KEY_3: "b" };
    expect(keysFromEnv("xai", env)).toEqual(["a", "b"]);
  });

  it.each(["", "  ", "two words", "two\nlines", "schlüssel", "\u0000", "…9f3a"])(
    "that no header can carry are passed over: %j",
    (text) => {
      expect(keysFromEnv("xai", { XAI_API_KEY: text, XAI_API_KEY_1: "good" })).toEqual(["good"]);
    },
  );

  it("come from the first variable that gives any, in whatever form", () => {
    const options = { variables: ["HF_TOKEN", "GEMINI_API_KEY"] };
    const env = { GEMINI_KEY_4: "b", GOOGLE_API_KEY: "c" };
    expect(keysFromEnv("google", { HF_TOKENS: "a", HF_TOKEN_2: "a2", ...env }, options)).toEqual(["a", "a2"]);
    expect(keysFromEnv("google", { HF_TOKEN2: "no form", _KEY_1: "none", ...env }, options)).toEqual(["b"]);
    expect(keysFromEnv("google", { GOOGLE_API_KEY: "c" }, options)).toEqual(["c"]);
    expect(keysFromEnv("google", {}, options)).toEqual([]);
  });

  it("are all found, once each, however they are spread over the variables", () => {
    const place = fc.constantFrom("_API_KEY", "_API_KEYS", "_API_KEY_n", "_KEY_n");
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 20 }),
        fc.array(place, { minLength: 20 }),
        (keys, places) => {
          const env: Record<string, string> = {};
          const listed: string[] = [];
          for (const [index, text] of keys.entries()) {
            const name = `MISTRAL${places[index]}`.replace("n", String(index * 5 + 1));
            if (name.endsWith("KEYS") || name in env) listed.push(text);
            else env[name] = text;
          }
          if (listed.length > 0) env.MISTRAL_API_KEYS = [...listed, ...listed].join(";");
          expect([...keysFromEnv("mistral", env)].sort()).toEqual([...keys].sort());
        },
      ),
    );
  });

  it("refuse an environment that is none", () => {
    // @ts-expect-error it is left out
    expect(() => keysFromEnv("xai")).toThrow("env must be an object, such as process.env");
  });
});
