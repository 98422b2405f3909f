import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bash, listen } from "../setting.ts";
import { leftByUs } from "./left-by-us.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

const five = spawn(...Array.from({ length: 5 }, () => ["storm", "storm"] as const));

/** Every agent starts five, at every level. */
function storm(
  bounds: { maxDepth?: number; maxTotal?: number; maxConcurrent?: number },
  files: "fork" | "none",
) {
  const role = { description: "Starts five.", files, canSpawn: ["storm"] };
  return agents(
    { go: [five, tell], storm: [bash("true"), five, tell] },
    { roles: { storm: role }, ...bounds },
  );
}

describe("a storm of subagents, each of which starts five", () => {
  test("stops at the bounds with typed results, and leaves nothing", async () => {
    const { ws } = await storm({ maxDepth: 3, maxTotal: 12, maxConcurrent: 2 }, "fork");
    const before = leftByUs();
    const { onEvent, events } = listen();
    const most = { all: 0 };
    const result = await ws.run({
      message: "go",
      enableSubagents: true,
      onEvent: (event) => {
        onEvent(event);
        most.all = Math.max(
          most.all,
          ws.subagents.listActive().filter(({ status }) => status === "running").length,
        );
      },
    });
    expect(result.subagents).toHaveLength(12);
    expect(Math.max(...result.subagents.map(({ depth }) => depth))).toBeLessThanOrEqual(3);
    expect(new Set(result.subagents.map(({ status }) => status))).toEqual(new Set(["completed"]));
    const refused = events.flatMap((event) => (event.type === "subagent_refused" ? event.code : []));
    expect(new Set(refused)).toEqual(new Set(["SUBAGENT_LIMIT"]));
    expect(ws.subagents.countActive()).toBe(0);
    expect(most.all).toBeGreaterThan(0);
    expect(leftByUs()).toEqual(before);
    const forks = join(ws.filesDir, "..", "forks");
    expect(existsSync(forks) && readdirSync(join(forks, ".work"))).toEqual([]);
    expect(readdirSync(ws.filesDir)).toEqual([]);
  });

  test("is told of the depth where it is too deep", async () => {
    const { ws, server } = await storm({ maxDepth: 1, maxTotal: 100 }, "none");
    const { response, subagents } = await ws.run({ message: "go", enableSubagents: true });
    expect(subagents).toHaveLength(5);
    expect(response.match(/SUBAGENT_LIMIT: subagents\.maxDepth is 1/g)).toHaveLength(25);
    const offered = server.requests
      .filter(({ messages }) => messages[0]?.text === "storm")
      .flatMap(({ tools }) => tools.map(({ name }) => name));
    expect(offered).not.toContain("subagent_spawn");
  });
});
