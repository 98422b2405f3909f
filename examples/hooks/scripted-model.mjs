import { startModelServer } from "@cloison/testing";

const call = (name, args) => ({
  toolCalls: [{ name, arguments: args }],
  usage: { inputTokens: 900, outputTokens: 60 },
});

const script = [
  call("bash", { command: "rm -rf /workspace/invoices" }),
  call("bash", { command: "cat invoices/7.txt" }),
  call("write", { path: "payment.txt", content: "pay invoice 7" }),
  ({ messages }) => {
    const results = messages.flatMap(({ toolResults }) => toolResults.map(({ text }) => text));
    return { text: `The model was shown:\n${results.map((text) => `  ${text}`).join("\n")}` };
  },
];

/** A model that plays its part without a key. */
export async function startScriptedModel() {
  const server = await startModelServer({ script });
  return {
    model: { provider: "anthropic", model: "claude-sonnet-5", baseUrl: server.baseUrls.anthropic },
    apiKeys: { anthropic: "sk-scripted-anthropic" },
    close: () => server.close(),
  };
}
