import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Opens a line to a model of Groq's in a process of its own, and prints which modules that has loaded. */
const program = `
  import { registerHooks } from "node:module";
  const seen = [];
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      seen.push(resolved.url);
      return resolved;
    },
  });
  const { createBroker } = await import(process.argv[1] + "/broker.ts");
  const { findProvider } = await import(process.argv[1] + "/providers.ts");
  const model = (await findProvider("groq").load()).getModels()[0].id;
  const broker = createBroker({ apiKeys: new Map([["groq", ["k"]], ["anthropic", ["k"]]]), env: {} });
  const targets = [{ provider: "groq", model }, { provider: "anthropic", model: "any" }];
  await broker.open({ targets, userId: "u", apiKeys: new Map(), maxRetries: 0, deadlineMs: 1, context: {} }).ready();
  console.log(JSON.stringify(seen));
`;

test("of all providers only the one that is used is loaded, and of no fallback more than its name", async () => {
  const broker = new URL("../src/broker", import.meta.url).href;
  const arguments_ = ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program, broker];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, { maxBuffer: 64e6 });
  const urls: string[] = JSON.parse(stdout);
  const named = (pattern: RegExp) => new Set(urls.flatMap((url) => pattern.exec(url)?.[1] ?? []));
  const providers = named(/\/pi-ai\/dist\/providers\/([a-z-]+)(?:\.models)?\.js$/);
  expect(providers).toEqual(new Set(["groq"]));
  const apis = named(/\/pi-ai\/dist\/api\/([a-z]+-[a-z]+)\.js$/);
  expect([...apis]).toContain("openai-completions");
  expect([...apis].filter((name) => /anthropic|google|mistral|responses|bedrock/.test(name))).toEqual([]);
  expect(urls.filter((url) => /@anthropic-ai|@google\/genai|@aws-sdk|pi-ai\/dist\/index/.test(url))).toEqual(
    [],
  );
});
