import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createSessionStore, currentOwner, formatOwner } from "@cloison/sessions";
import { describe, expect, test } from "vitest";
import { prepareStateDirectory } from "../src/state/state-directory.ts";
import { createWorkspaceStore } from "../src/state/workspace-store.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const config = { provider: "anthropic", model: "some-model" };

function openStore(stateDir = temporaryDirectory()) {
  const store = createWorkspaceStore(prepareStateDirectory(stateDir));
  return { store, stateDir, workspaces: join(stateDir, "workspaces") };
}

describe("the workspaces on disk", () => {
  test("a workspace has the layout that the architecture names, closed to other users", async () => {
    const { store, workspaces } = openStore();
    await store.create("ada", config);
    const root = join(workspaces, "ada");
    expect(readdirSync(root).sort()).toEqual(["config.json", "files", "sessions"]);
    expect(JSON.parse(readFileSync(join(root, "config.json"), "utf8"))).toMatchObject({
      version: 1,
      userId: "ada",
      config,
    });
    for (const name of ["", "files", "sessions"]) expect(statSync(join(root, name)).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, "config.json")).mode & 0o777).toBe(0o600);
  });

  test("another process reads what one has made", async () => {
    const { store, stateDir } = openStore();
    await store.create("ada", config);
    expect(await openStore(stateDir).store.read("ada")).toEqual(config);
  });

  test("list and exists see workspaces only", async () => {
    const { store, workspaces } = openStore();
    await store.create("b", {});
    await store.create("A", {});
    mkdirSync(join(workspaces, "not..an-id"));
    writeFileSync(join(workspaces, "file"), "");
    symlinkSync("/etc", join(workspaces, "link"));
    expect(await store.list()).toEqual(["A", "b"]);
    expect(await store.exists("b")).toBe(true);
    expect(await store.exists("link")).toBe(false);
    expect(await store.exists("nobody")).toBe(false);
  });

  test("of many that make one workspace at the same time, one succeeds and the others are told", async () => {
    const { store, workspaces } = openStore();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => store.create("ada", config)));
    const failures = attempts.flatMap((attempt) => (attempt.status === "rejected" ? [attempt.reason] : []));
    expect(failures).toHaveLength(19);
    for (const failure of failures)
      expect(failure).toMatchObject({ code: "WORKSPACE_EXISTS", userId: "ada" });
    expect(readdirSync(workspaces)).toEqual(["ada"]);
  });

  test("reading a workspace that is not there is a typed error", async () => {
    await expect(openStore().store.read("ada")).rejects.toMatchObject({ code: "WORKSPACE_NOT_FOUND" });
  });

  test.each([
    ["no JSON", "{"],
    ["empty", ""],
    ["no object", "[]"],
    ["of another version", '{"version":2,"userId":"ada","config":{}}'],
    ["of another user", '{"version":1,"userId":"Ada","config":{}}'],
    ["with an unknown setting", '{"version":1,"userId":"ada","config":{"modle":"x"}}'],
    ["with a setting of the wrong type", '{"version":1,"userId":"ada","config":{"model":7}}'],
  ])("a config.json that is %s is a typed error and stays as it is", async (_, text) => {
    const { store, workspaces } = openStore();
    await store.create("ada", config);
    const path = join(workspaces, "ada", "config.json");
    writeFileSync(path, text);
    await expect(store.read("ada")).rejects.toMatchObject({ code: "WORKSPACE_CORRUPT", userId: "ada", path });
    await expect(store.create("ada", config)).rejects.toMatchObject({ code: "WORKSPACE_EXISTS" });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("a config.json that is missing makes the workspace corrupt, not absent", async () => {
    const { store, workspaces } = openStore();
    mkdirSync(join(workspaces, "ada", "files"), { recursive: true });
    await expect(store.read("ada")).rejects.toMatchObject({ code: "WORKSPACE_CORRUPT" });
  });
});

describe("removing a workspace", () => {
  test("takes it away with all it holds, and only it", async () => {
    const { store, workspaces } = openStore();
    await store.create("ada", config);
    await store.create("bob", config);
    mkdirSync(join(store.paths("ada").files, "a", "b"), { recursive: true });
    symlinkSync(store.paths("bob").files, join(store.paths("ada").files, "a", "bob"));
    writeFileSync(join(store.paths("bob").files, "keep"), "");
    await store.remove("ada");
    expect(readdirSync(workspaces)).toEqual(["bob"]);
    expect(existsSync(join(store.paths("bob").files, "keep"))).toBe(true);
    await expect(store.remove("ada")).rejects.toMatchObject({ code: "WORKSPACE_NOT_FOUND" });
  });

  test("is refused while a session is locked, and nothing is touched", async () => {
    const { store } = openStore();
    await store.create("ada", config);
    const session = await createSessionStore({ dir: store.paths("ada").sessions }).open("talk");
    await expect(store.remove("ada")).rejects.toMatchObject({ code: "WORKSPACE_BUSY", userId: "ada" });
    expect(await store.read("ada")).toEqual(config);
    await session.close();
    await store.remove("ada");
    expect(await store.list()).toEqual([]);
  });
});

describe("what a killed process left", () => {
  test("is removed at the first use of the next store", async () => {
    const { stateDir, workspaces } = openStore();
    const dead = formatOwner({ ...currentOwner(), pid: 4_194_303, startTicks: "1" });
    mkdirSync(join(workspaces, `.new-${dead}-aa`, "files"), { recursive: true });
    mkdirSync(join(workspaces, ".trash-bb", "files"), { recursive: true });
    expect(await openStore(stateDir).store.list()).toEqual([]);
    expect(readdirSync(workspaces)).toEqual([]);
  });

  test("is not confused with what a living process is making, here or in another container", async () => {
    const { stateDir, workspaces } = openStore();
    const living = `.new-${formatOwner(currentOwner())}-aa`;
    const elsewhere = `.new-${formatOwner({ ...currentOwner(), pidNamespace: "1" })}-bb`;
    mkdirSync(join(workspaces, living));
    mkdirSync(join(workspaces, elsewhere));
    await openStore(stateDir).store.list();
    expect(readdirSync(workspaces).sort()).toEqual([living, elsewhere].sort());
  });
});
