import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workerCommand } from "@cloison/agent";
import { afterEach, describe, expect, test, vi } from "vitest";
import { searchForKey } from "./search-for-key.ts";
import { bash, KEY, listen, setting } from "./setting.ts";

afterEach(() => vi.unstubAllEnvs());

const search = `${workerCommand[0]} /workspace/search.cjs`;

describe("what an agent can see of the host", () => {
  test("are its workspace's files: no other workspace, no session, no configuration", async () => {
    const names = "-name 'file-of-*' -o -name 'talk-7c1f*' -o -path '*/sessions/*.lock'";
    const { ws, platform, stateDir, server } = await setting([
      bash(`ls -d "$(cat /workspace/state-dir)"; find / \\( ${names} \\) 2>/dev/null; echo end`),
      { text: "done" },
    ]);
    const bob = await platform.createWorkspace("bob");
    writeFileSync(join(bob.filesDir, "file-of-bob"), "");
    writeFileSync(join(ws.filesDir, "file-of-ada"), "");
    writeFileSync(join(ws.filesDir, "state-dir"), stateDir);
    await ws.run({ message: "look", sessionId: "talk-7c1f" });
    const lines = server.requests[1]?.messages.at(-1)?.toolResults[0]?.text.split("\n");
    expect(lines).toEqual([expect.stringContaining("No such file"), "/workspace/file-of-ada", "end"]);
  });

  test("are no keys: in no process, no file, nor in anything that the run leaves or tells", async () => {
    vi.stubEnv("OPENAI_API_KEY", KEY);
    const { ws, stateDir, server } = await setting([bash(search), { text: "done" }]);
    writeFileSync(join(ws.filesDir, "search.cjs"), searchForKey(KEY));
    const { events, onEvent } = listen();
    const result = await ws.run({ message: "search", onEvent });
    const seen = JSON.parse(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text ?? "");
    expect(seen).toMatchObject({ hits: [] });
    expect(seen.processes).toBeGreaterThanOrEqual(2);
    expect(seen.files).toBeGreaterThanOrEqual(3);
    expect(server.requests[0]?.apiKey).toBe(KEY);
    expect(JSON.stringify([events, result])).not.toContain(KEY);
    expect(filesUnder(stateDir).filter((path) => readFileSync(path, "utf8").includes(KEY))).toEqual([]);
  });

  test("would be keys, if one were there", async () => {
    const other = "sk-of-this-very-test";
    const { ws, server } = await setting([
      bash(`SECRET=${other} sleep 30 & ${search}; kill %1`),
      { text: "done" },
    ]);
    writeFileSync(join(ws.filesDir, "search.cjs"), searchForKey(other));
    writeFileSync(join(ws.filesDir, "leak"), other);
    await ws.run({ message: "search" });
    const { hits } = JSON.parse(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text ?? "");
    expect(hits).toContain("/workspace/leak");
    expect(hits).toContainEqual(expect.stringMatching(/^\d+ environ$/));
    expect(hits).toContainEqual(expect.stringMatching(/^\d+ memory$/));
  });
});

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
