import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SubagentFiles } from "../../src/index.ts";
import { bash } from "../setting.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

/** Tries to read, to change and to add, and says what there is. */
const attempt = "cat note; echo changed > note; echo new > added; cat note; ls";

/** An agent of the application, one below it, and one below that. */
function family(child: SubagentFiles, grandchild: SubagentFiles) {
  const roles = {
    child: { description: "A child.", files: child, canSpawn: ["grandchild"] },
    grandchild: { description: "A grandchild.", files: grandchild },
  };
  return agents(
    {
      go: [bash("echo mine > note; echo kept > /tmp/aside"), spawn(["child", "lead"]), tell],
      lead: [bash("echo theirs > note"), spawn(["grandchild", "try"]), tell],
      try: [bash(attempt), tell],
      alone: [bash("echo mine > note; echo kept > /tmp/aside"), spawn(["grandchild", "try"]), tell],
    },
    { roles },
  );
}

/** What lies in a workspace's directories for subagents, the bookkeeping of the store aside. */
function leftovers(filesDir: string): string[] {
  return ["forks", "empty"].flatMap((name) => {
    const directory = join(filesDir, "..", name);
    if (!existsSync(directory)) return [];
    const found = readdirSync(directory, { recursive: true, encoding: "utf8" });
    return found.filter((path) => path !== ".work").map((path) => join(name, path));
  });
}

describe("the files of a subagent", () => {
  test("that may read them cannot be changed by it", async () => {
    const { ws } = await family("none", "read-only");
    const { response } = await ws.run({ message: "alone", enableSubagents: true });
    expect(response).toMatch(/^mine\n.*Read-only file system.*\nmine\nnote$/s);
    expect(readdirSync(ws.filesDir)).toEqual(["note"]);
  });

  test("that has a fork are its own, as they were when it began, and gone with it", async () => {
    const { ws } = await family("none", "fork");
    const { response } = await ws.run({ message: "alone", enableSubagents: true });
    expect(response).toBe("mine\nchanged\nadded\nnote");
    expect(readFileSync(join(ws.filesDir, "note"), "utf8")).toBe("mine\n");
    expect(readdirSync(ws.filesDir)).toEqual(["note"]);
    expect(leftovers(ws.filesDir)).toEqual([]);
  });

  test("that has none are none", async () => {
    const { ws } = await family("none", "none");
    writeFileSync(join(ws.filesDir, "note"), "mine\n");
    const { response } = await ws.run({ message: "alone", enableSubagents: true });
    expect(response).toMatch(/^cat: note: No such file.*Read-only file system/s);
    expect(leftovers(ws.filesDir)).toEqual([]);
  });

  // What the grandchild finds in the note, and whether its own change of it holds.
  test.each([
    ["none", "read-only", undefined, false],
    ["none", "fork", undefined, true],
    ["read-only", "read-only", "mine", false],
    ["read-only", "fork", "mine", true],
    ["fork", "none", undefined, false],
    ["fork", "read-only", "theirs", true],
    ["fork", "fork", "theirs", true],
  ] as const)(
    "with %s are, for one of its own with %s, never more than its own",
    async (child, grandchild, note, changes) => {
      const { ws } = await family(child, grandchild);
      const { response } = await ws.run({ message: "go", enableSubagents: true });
      expect(response.split("\n")[0]).toMatch(note ?? /No such file/);
      if (changes) expect(response).toMatch(/changed\nadded\nnote$/);
      else expect(response).toMatch(/Read-only file system/);
      expect(readFileSync(join(ws.filesDir, "note"), "utf8")).toBe("mine\n");
      expect(readdirSync(ws.filesDir)).toEqual(["note"]);
      expect(leftovers(ws.filesDir)).toEqual([]);
    },
  );
});
