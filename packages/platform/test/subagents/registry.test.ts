import { describe, expect, test } from "vitest";
import { noUsage } from "../../src/run/usage.ts";
import { createSubagentRegistries, SubagentRegistry } from "../../src/subagents/registry.ts";

function record(id: string) {
  return {
    id,
    role: "reader",
    task: "read",
    sessionId: `session-${id}`,
    parentSession: "s",
    parentId: undefined,
    depth: 1,
    status: "waiting",
    createdAt: new Date(0),
    usage: noUsage,
  } as const;
}

describe("the registry of subagents", () => {
  test("tells active ones from ended ones, in the order in which they were asked for", () => {
    const registry = new SubagentRegistry();
    for (const id of ["a", "b", "c"]) registry.add(record(id));
    registry.change("b", { status: "running" });
    registry.change("b", { status: "completed", endedAt: new Date(1) });
    registry.change("a", { status: "running" });
    expect(registry.listActive().map(({ id, status }) => `${id} ${status}`)).toEqual([
      "a running",
      "c waiting",
    ]);
    expect(registry.countActive()).toBe(2);
    expect(registry.listAll().map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("says nothing new of one that has ended", () => {
    const registry = new SubagentRegistry();
    registry.add(record("a"));
    registry.change("a", { status: "timeout", endedAt: new Date(1) });
    registry.change("a", { status: "completed", endedAt: new Date(2) });
    expect(registry.get("a")).toMatchObject({ status: "timeout", endedAt: new Date(1) });
  });

  test("forgets the oldest of those that have ended, and never an active one", () => {
    const registry = new SubagentRegistry();
    registry.add(record("active"));
    for (let index = 0; index < 500; index++) {
      registry.add(record(`${index}`));
      registry.change(`${index}`, { status: "completed", endedAt: new Date(1) });
    }
    const ids = registry.listAll().map(({ id }) => id);
    expect(ids).toHaveLength(201);
    expect(ids.slice(0, 2)).toEqual(["active", "300"]);
  });
});

describe("the registries of a platform", () => {
  test("are one for each workspace, and forgotten with it", () => {
    const registries = createSubagentRegistries();
    registries.of("ada").add(record("a"));
    expect(registries.of("ada").countActive()).toBe(1);
    expect(registries.of("bob").countActive()).toBe(0);
    registries.forget("ada");
    expect(registries.of("ada").listAll()).toEqual([]);
  });

  test("are bounded, but for those with active subagents", () => {
    const registries = createSubagentRegistries();
    const busy = registries.of("busy");
    busy.add(record("a"));
    const idle = registries.of("idle");
    for (let index = 0; index < 1500; index++) registries.of(`user-${index}`);
    expect(registries.of("busy")).toBe(busy);
    expect(registries.of("idle")).not.toBe(idle);
  });
});
