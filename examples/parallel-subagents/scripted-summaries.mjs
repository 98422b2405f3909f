import { startModelServer } from "@cloison/testing";

/** A model that reads the file that it is asked about and says its first line; over one file it broods. */
export async function startScriptedSummaries() {
  const server = await startModelServer({
    script: ({ messages }) => {
      const [, name] = /(\S+\.txt)/.exec(messages[0].text);
      if (name === "endless.txt") return { fault: { hang: true } };
      const [result] = messages.at(-1).toolResults;
      if (result !== undefined) return { text: result.text.trim() };
      return { toolCalls: [{ name: "bash", arguments: { command: `head -n 1 ${name}` } }] };
    },
  });
  return {
    model: { provider: "openai", model: "gpt-5-mini", baseUrl: server.baseUrls.openai },
    apiKeys: { openai: "sk-scripted-openai-key" },
    close: () => server.close(),
  };
}
