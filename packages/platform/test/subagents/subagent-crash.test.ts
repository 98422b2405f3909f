import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { runAndKill, source } from "../killed-child.ts";
import { anySandbox, bash, KEY } from "../setting.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

const subagents = { roles: { tester: { description: "Tries.", files: "fork" } } } as const;

test("a host that is killed while a subagent works leaves no process; the run goes on, and finds no old copy", async () => {
  const { ws, server, stateDir } = await agents(
    {
      go: [spawn(["tester", "work"]), spawn(["tester", "again"]), tell],
      work: [bash("echo changed > note; sleep 86398.25")],
      again: [bash("cat note"), tell],
    },
    subagents,
  );
  writeFileSync(join(ws.filesDir, "note"), "mine\n");
  const platform = {
    stateDir,
    sandbox: anySandbox,
    subagents,
    provider: "openai",
    model: "scripted",
    baseUrl: server.baseUrls.openai,
    apiKeys: { openai: KEY },
  };
  await runAndKill(
    `import { createPlatform } from ${source("index.ts")};
    const ws = await createPlatform(${JSON.stringify(platform)}).getWorkspace("ada");
    await ws.run({ message: "go", sessionId: "s", enableSubagents: true, onEvent: (event) => {
      if (event.type === "subagent_event" && event.event.type === "tool_start") console.log("works");
    } });`,
    1,
  );
  while (processesNamed("86398.25")) await turn();
  const forks = join(ws.filesDir, "..", "forks", ".work");
  expect(readdirSync(forks)).not.toEqual([]);
  expect((await ws.interrupted()).map(({ sessionId }) => sessionId)).toEqual(["s"]);
  const { response } = await ws.resume("s", { enableSubagents: true });
  expect(response).toBe("mine");
  const told = server.requests.flatMap(({ messages }) => messages.at(-1)?.toolResults ?? []);
  expect(told.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/wholly, in part, or not at all/),
  );
  expect(readdirSync(forks)).toEqual([]);
});

/** Whether a process of the host has this in its command line. */
function processesNamed(text: string): boolean {
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
    } catch {
      return false; // it has ended
    }
  });
}
