import { expect, test } from "vitest";
import { InvalidOptionError } from "../src/index.ts";
import { collectHostTools } from "../src/tools/collect-host-tools.ts";
import type { HostTool } from "../src/tools/host-tool.ts";

function named(name: string): HostTool {
  const parameters = { type: "object" };
  return { name, description: name, parameters, replay: "never", parallel: false, execute: async () => [] };
}

test("tools of all sources are there, in the order of their sources", () => {
  const tools = collectHostTools([[named("b"), named("a")], [], [named("c")]]);
  expect([...tools.keys()]).toEqual(["b", "a", "c"]);
});

test.each([
  { what: "another of its source", sources: [[named("a"), named("a")]] },
  { what: "another source's", sources: [[named("a")], [named("b"), named("a")]] },
  { what: "one of the sandbox's", sources: [[named("bash")]] },
])("a tool whose name is also $what is refused", ({ sources }) => {
  const collect = () => collectHostTools(sources);
  expect(collect).toThrow(InvalidOptionError);
  expect(collect).toThrow(/two tools have the name "(a|bash)"; rename yours/);
});
