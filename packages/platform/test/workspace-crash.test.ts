import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareStateDirectory } from "../src/state/state-directory.ts";
import { createWorkspaceStore } from "../src/state/workspace-store.ts";
import { runAndKill, source } from "./killed-child.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Creates and removes five workspaces without end, and says what it is about to do and what it has done. */
const worker = (stateDir: string) => `
  import { mkdirSync, writeFileSync, writeSync } from "node:fs";
  import { createWorkspaceStore } from ${source("state/workspace-store.ts")};
  const store = createWorkspaceStore(${JSON.stringify(stateDir)});
  const say = (text) => writeSync(1, text + "\\n");
  for (let round = 0; ; round += 1) {
    const id = "w" + (round % 5);
    if (await store.exists(id)) {
      say("removing " + id);
      await store.remove(id);
      say("removed " + id);
    } else {
      say("creating " + id);
      await store.create(id, { model: "m" + round });
      say("created " + id);
      mkdirSync(store.paths(id).files + "/a/b", { recursive: true });
      writeFileSync(store.paths(id).files + "/a/b/file", "");
    }
  }`;

test("a kill at any moment leaves each workspace whole or not at all, and keeps what was promised", async () => {
  const stateDir = prepareStateDirectory(temporaryDirectory());
  for (let round = 0; round < 12; round += 1) {
    const lines = await runAndKill(worker(stateDir), 3 + Math.floor(Math.random() * 60));
    const last = new Map(lines.map((line) => [line.split(" ")[1] ?? "", line.split(" ")[0]]));
    const store = createWorkspaceStore(stateDir);
    const present = await store.list();
    for (const id of present) {
      expect(await store.read(id)).toHaveProperty("model");
      expect(readdirSync(store.paths(id).root).sort()).toEqual(["config.json", "files", "sessions"]);
    }
    for (const [id, word] of last) {
      if (word === "created") expect(present).toContain(id);
      if (word === "removed") expect(present).not.toContain(id);
    }
    expect(readdirSync(join(stateDir, "workspaces")).sort()).toEqual(present);
  }
});
