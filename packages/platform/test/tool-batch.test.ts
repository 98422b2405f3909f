import { expect, test } from "vitest";
import type { HostTool } from "../src/tools/host-tool.ts";
import { type ToolExecution, takeBatch } from "../src/tools/tool-batch.ts";

function hostTool(name: string, parallel: boolean): [string, HostTool] {
  const parameters = { type: "object" };
  const execute = async () => [];
  return [name, { name, description: name, parameters, replay: "never", parallel, execute }];
}

const hostTools = new Map([hostTool("free", true), hostTool("alone", false)]);

/** The batches of an answer that calls these tools, each by the names of its calls. */
function batches(toolExecution: ToolExecution, names: string, ids: readonly string[] = []): string[] {
  const waiting = names.split(" ").map((name, index) => ({
    type: "toolCall" as const,
    id: ids[index] ?? `${index}`,
    name,
    arguments: {},
  }));
  const found: string[] = [];
  while (waiting.length > 0) {
    const batch = takeBatch(waiting, toolExecution, hostTools);
    found.push(batch.map(({ name }) => name).join(" "));
  }
  return found;
}

test.each<[ToolExecution, string, string[]]>([
  ["safe-parallel", "read grep find ls", ["read grep find ls"]],
  ["safe-parallel", "read bash read read", ["read", "bash", "read read"]],
  ["safe-parallel", "write write", ["write", "write"]],
  ["safe-parallel", "edit read", ["edit", "read"]],
  ["safe-parallel", "free read free", ["free read free"]],
  ["safe-parallel", "alone alone read", ["alone", "alone", "read"]],
  ["safe-parallel", "unknown unknown", ["unknown", "unknown"]],
  ["parallel", "bash write read free", ["bash write read free"]],
  ["parallel", "bash alone bash bash", ["bash", "alone", "bash bash"]],
  ["sequential", "read free read", ["read", "free", "read"]],
  ["safe-parallel", Array(20).fill("ls").join(" "), [8, 8, 4].map((n) => Array(n).fill("ls").join(" "))],
])("%s: %s", (execution, names, expected) => {
  expect(batches(execution, names)).toEqual(expected);
});

test("two calls with one id are never in hand at once", () => {
  expect(batches("parallel", "ls ls read", ["a", "a", "b"])).toEqual(["ls", "ls read"]);
});
