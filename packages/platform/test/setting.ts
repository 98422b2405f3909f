import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelScript, ProtocolName } from "@cloison/testing";
import { createPlatform, type PlatformOptions, type RunEvent } from "../src/index.ts";
import { modelServer } from "./model-server.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** The key that the scripted model is called with; no sandbox, file, event or error may show it. */
export const KEY = "sk-canary-0d5c1e7a94b2";

/**
 * A sandbox also where no cgroup can be had: these tests are not about limits. Memory is then held by an rlimit, of
 * which Node takes 512 MB for the address range of its code alone.
 */
export const anySandbox = { enforce: "best-effort", limits: { memoryMb: 1024 } } as const;

/** A platform whose model is scripted, with one workspace. The sandbox is real. */
export async function setting(
  script: ModelScript,
  options: Partial<PlatformOptions> & { protocol?: ProtocolName } = {},
) {
  const { protocol = "openai", ...rest } = options;
  const server = await modelServer(script);
  const stateDir = temporaryDirectory();
  const platform = createPlatform({
    stateDir,
    provider: protocol,
    model: "scripted",
    baseUrl: server.baseUrls[protocol],
    apiKeys: { [protocol]: KEY },
    env: {},
    sandbox: anySandbox,
    ...rest,
  });
  const ws = await platform.createWorkspace("ada");
  const transcript = (sessionId: string) =>
    readFileSync(join(stateDir, "workspaces", "ada", "sessions", `${sessionId}.jsonl`), "utf8");
  return { server, platform, stateDir, ws, transcript };
}

/** A list for `onEvent`, and what it has got so far. */
export function listen() {
  const events: RunEvent[] = [];
  return {
    events,
    onEvent: (event: RunEvent) => void events.push(event),
    types: () => events.map((event) => event.type).filter((type, index, all) => type !== all[index - 1]),
  };
}

/** A reply that runs one shell command. */
export function bash(command: string) {
  return { toolCalls: [{ name: "bash", arguments: { command } }] };
}
