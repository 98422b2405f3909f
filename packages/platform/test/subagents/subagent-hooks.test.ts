import { describe, expect, test } from "vitest";
import { bash } from "../setting.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

const roles = {
  chief: { description: "Leads.", canSpawn: ["reader"] },
  reader: { description: "Reads.", maxTurns: 2 },
};

describe("hooks and subagents", () => {
  test("hooks of the workspace see every subagent's calls with its depth, and can block them", async () => {
    const { ws } = await agents(
      {
        go: [spawn(["chief", "lead"]), tell],
        lead: [spawn(["reader", "work"]), tell],
        work: [bash("echo worked > /tmp/proof; cat /tmp/proof"), tell],
      },
      { roles },
    );
    const seen: string[] = [];
    ws.hooks.register("before_tool_call", ({ toolName, depth, sessionId }) => {
      seen.push(`${depth} ${toolName} ${sessionId === "s"}`);
      return depth === 2 ? { block: true, reason: "not so deep" } : undefined;
    });
    const { response } = await ws.run({ message: "go", sessionId: "s", enableSubagents: true });
    expect(seen).toEqual(["0 subagent_spawn true", "1 subagent_spawn false", "2 bash false"]);
    expect(response).toBe("not so deep");
  });

  test("a hook that blocks the spawning leaves no trace of a subagent", async () => {
    const { ws, server } = await agents({ go: [spawn(["reader", "work"]), tell] }, { roles });
    ws.hooks.register("before_tool_call", ({ toolName }) =>
      toolName === "subagent_spawn" ? { block: true, reason: "alone" } : undefined,
    );
    const result = await ws.run({ message: "go", enableSubagents: true });
    expect(result).toMatchObject({ response: "alone", subagents: [] });
    expect(server.requests).toHaveLength(2);
  });

  test("a role's model answers only so often", async () => {
    const { ws } = await agents(
      { go: [spawn(["reader", "loop"]), tell], loop: [bash("true"), bash("true"), bash("true")] },
      { roles },
    );
    const { subagents } = await ws.run({ message: "go", enableSubagents: true });
    expect(subagents).toMatchObject([
      { status: "failed", error: { message: expect.stringContaining("maxTurns") } },
    ]);
  });
});
