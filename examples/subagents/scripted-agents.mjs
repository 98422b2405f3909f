import { startModelServer } from "@cloison/testing";

const bash = (command) => ({ toolCalls: [{ name: "bash", arguments: { command } }] });
const spawn = (role, task) => ({ name: "subagent_spawn", arguments: { role, task } });
const results = (request) => request.messages.at(-1).toolResults.map(({ text }) => text.trim());

/** What each agent answers, turn by turn; whose turn it is shows in its system prompt. */
const parts = {
  lead: [
    { toolCalls: [spawn("reviewer", "Why is the sum of sum.mjs wrong?"), spawn("fixer", "Mend sum.mjs.")] },
    (request) => ({ text: results(request).join("\n") }),
  ],
  reviewer: [
    bash("cat sum.mjs; echo '// gone' > sum.mjs"),
    (request) => {
      const [why] = /Read-only file system/.exec(results(request)[0]) ?? ["nothing"];
      return { text: `The loop ends too early. (What kept me from changing it: ${why}.)` };
    },
  ],
  fixer: [
    bash("sed -i 's/i < 3/i <= 3/' sum.mjs && sed -n 3p sum.mjs"),
    (request) => ({ text: `In my copy the loop is now: ${results(request)[0]}` }),
  ],
};

/** All agents in one server. */
export async function startScriptedAgents() {
  const server = await startModelServer({
    script: (request) => {
      const name = Object.keys(parts).find((part) => request.system.includes(`the ${part}`));
      const turn = request.messages.filter(({ role }) => role === "assistant").length;
      const step = parts[name][turn];
      return typeof step === "function" ? step(request) : step;
    },
  });
  return {
    model: { provider: "openai", model: "gpt-5-mini", baseUrl: server.baseUrls.openai },
    apiKeys: { openai: "sk-scripted-openai-key" },
    close: () => server.close(),
  };
}
