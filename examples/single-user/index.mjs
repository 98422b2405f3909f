// One user, no tenants: the same agent in the same sandbox.
// Usage: node index.mjs [base URL], with ANTHROPIC_API_KEY in the environment. The base URL is for a proxy or a test.
import { createRuntime } from "cloison-runtime";

const runtime = await createRuntime({
  provider: "anthropic",
  model: "claude-sonnet-5",
  baseUrl: process.argv[2],
});

const result = await runtime.run({
  message: "Write a haiku about locked doors to haiku.txt",
  onEvent: (event) => {
    if (event.type === "tool_start") console.log(`${event.toolName} ${JSON.stringify(event.input)}`);
  },
});

console.log(result.response);
console.log(`its files are in ${runtime.filesDir}`);
