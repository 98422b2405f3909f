import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { source } from "./killed-child.ts";
import { anySandbox, bash, KEY, setting } from "./setting.ts";

test("a host that is killed in the middle of a tool call leaves a session that goes on", async () => {
  const { ws, server, stateDir, transcript } = await setting([
    bash("echo begun > file; sleep 600"),
    { text: "I see" },
  ]);
  const baseUrl = server.baseUrls.openai;
  const script = `
    import { createPlatform } from ${source("index.ts")};
    const platform = createPlatform(${JSON.stringify({ stateDir, sandbox: anySandbox })});
    const ws = await platform.getWorkspace("ada");
    const options = ${JSON.stringify({ message: "go", sessionId: "s", provider: "openai", model: "scripted", baseUrl, apiKeys: { openai: KEY } })};
    await ws.run({ ...options, onEvent: (event) => console.log(event.type) });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  for await (const line of createInterface(child.stdout)) if (line === "tool_start") child.kill("SIGKILL");
  await exited;

  expect(transcript("s").trimEnd().split("\n")).toHaveLength(5);
  expect(await ws.interrupted()).toEqual([
    { sessionId: "s", runId: expect.any(String), startedAt: expect.any(String) },
  ]);
  expect(await ws.run({ message: "and?", sessionId: "s" })).toMatchObject({ response: "I see" });
  expect(await ws.interrupted()).toEqual([]);
  const [user, assistant, tool, next] = server.requests[1]?.messages ?? [];
  expect([user?.text, assistant?.toolCalls.length, next?.text]).toEqual(["go", 1, "and?"]);
  expect(tool?.toolResults[0]?.text).toMatch(/wholly, in part, or not at all/);
  expect(join(ws.filesDir, "..")).toBe(join(stateDir, "workspaces", "ada"));
});
