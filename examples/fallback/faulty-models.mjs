import { startModelServer } from "@cloison/testing";

const bash = (command) => ({ toolCalls: [{ name: "bash", arguments: { command } }] });

const begin = [
  // The first key has used up its share of the minute: the second one is asked at once.
  { fault: { status: 429, headers: { "retry-after": "20" } } },
  bash("echo 1 2 3 > numbers.txt"),
  // The stream breaks off in its middle: the same is asked again.
  { text: "Now I shall look at the file.", fault: { cutAfterChunks: 4 } },
  bash("cat numbers.txt"),
];

/** Two providers in one server, with every fault in its turn. */
export async function startFaultyModels() {
  const server = await startModelServer({
    script: (request, { index }) => {
      const planned = begin[index];
      if (planned !== undefined) return planned;
      // From here on Anthropic has more to do than it can: the other provider's model answers.
      if (request.protocol === "anthropic") return { fault: { status: 529 } };
      return { text: `It holds: ${request.messages.at(-1)?.toolResults[0]?.text.trim()}` };
    },
  });
  const { anthropic, openai } = server.baseUrls;
  return {
    models: [
      { provider: "anthropic", model: "claude-sonnet-5", baseUrl: anthropic },
      { provider: "openai", model: "gpt-5-mini", baseUrl: openai },
    ],
    apiKeys: {
      anthropic: ["sk-scripted-anthropic-one1", "sk-scripted-anthropic-two2"],
      openai: "sk-scripted-openai-key3",
    },
    close: () => server.close(),
  };
}
