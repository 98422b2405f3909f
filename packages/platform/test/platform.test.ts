import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createPlatform, type PlatformOptions, type RunOptions } from "../src/index.ts";
import { KEY, setting } from "./setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Options as a caller without types might give them. */
function untyped<T>(value: object): T;
function untyped(value: object): unknown {
  return value;
}

describe("createPlatform", () => {
  test("is ready at once, and may be awaited", async () => {
    const stateDir = join(temporaryDirectory(), "state");
    const platform = createPlatform({ stateDir, credentialPassphrase: "correct horse" });
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
    expect(await platform.listWorkspaces()).toEqual([]);
    expect(await createPlatform({ stateDir })).toHaveProperty("createWorkspace");
  });

  test.each<[string, object]>([
    ["stateDir", {}],
    ["stateDir", { stateDir: "" }],
    ["stateDir", { stateDir: 7 }],
    ["statedir", { stateDir: "x", statedir: "y" }],
    ["credentialPassphrase", { stateDir: "x", credentialPassphrase: "" }],
    ["apiKeys", { stateDir: "x", apiKeys: "sk" }],
    ["apiKeys", { stateDir: "x", apiKeys: { openai: "sk-with\nnewline" } }],
    ["baseUrl", { stateDir: "x", baseUrl: "localhost:80" }],
    ["baseUrl", { stateDir: "x", baseUrl: "file:///etc" }],
    ["baseUrl", { stateDir: "x", baseUrl: "http://user:secret@host" }],
    ["baseUrl", { stateDir: "x", baseUrl: "http://host/?key=secret" }],
    ["env", { stateDir: "x", env: { A: 1 } }],
    ["sandbox", { stateDir: "x", sandbox: true }],
    ["memoryMb", { stateDir: "x", sandbox: { memoryMb: 5 } }],
    ["network", { stateDir: "x", sandbox: { network: "host" } }],
    ["options", []],
  ])("refuses a wrong %s by a typed error", (option, options) => {
    expect(() => createPlatform(untyped<PlatformOptions>(options))).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", option }),
    );
    expect(existsSync("x")).toBe(false);
  });

  test("names the options that there are, and never shows a key", () => {
    expect(() => createPlatform(untyped<PlatformOptions>({ stateDir: "x", stateDirectory: "y" }))).toThrow(
      /unknown option "stateDirectory"; known are stateDir, credentialPassphrase, provider/,
    );
    try {
      createPlatform({ stateDir: "x", apiKeys: { openai: "sk-secret with space" } });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain("sk-secret");
    }
  });

  test.each<[object, string]>([
    [{ apiKeys: { openai: [] } }, 'createPlatform: apiKeys: the key of "openai" must be'],
    [{ fallbacks: ["gpt-4o"] }, 'the option fallbacks: "gpt-4o" is not of the form "provider/model"'],
    [{ fallbacks: ["openai/gpt-4o", 1] }, "createPlatform: fallbacks[1] must be a text such as"],
    [{ fallbacks: [null] }, "the option fallbacks[0] must be an object"],
    [{ prices: { "a/b": 5 } }, 'the option prices["a/b"] must be an object'],
    [{ context: { windows: { gpt: 5 } } }, 'the option context: windows: "gpt" is not of the form'],
  ])("says what is wrong with %o", (options, message) => {
    expect(() => createPlatform(untyped<PlatformOptions>({ stateDir: "x", ...options }))).toThrow(message);
  });

  test("takes a key that is undefined for none", () => {
    const stateDir = temporaryDirectory();
    expect(() => createPlatform({ stateDir, apiKeys: { openai: undefined } })).not.toThrow();
  });

  test("reads the environment once", async () => {
    const env: Record<string, string> = { OPENAI_API_KEY: KEY };
    const { ws, server } = await setting([{ text: "yes" }], { env, apiKeys: {} });
    env.OPENAI_API_KEY = "changed-later";
    await ws.run({ message: "x" });
    expect(server.requests[0]?.apiKey).toBe(KEY);
  });
});

describe("workspaces", () => {
  test("are created, found, listed and deleted", async () => {
    const stateDir = temporaryDirectory();
    const platform = createPlatform({ stateDir });
    const ws = await platform.createWorkspace("user-42", { provider: "anthropic", model: "some-model" });
    expect(ws).toMatchObject({
      userId: "user-42",
      filesDir: join(stateDir, "workspaces", "user-42", "files"),
    });
    await expect(platform.createWorkspace("user-42")).rejects.toMatchObject({ code: "WORKSPACE_EXISTS" });
    expect(await platform.getWorkspace("user-42")).toMatchObject({ userId: "user-42" });
    expect(await platform.listWorkspaces()).toEqual(["user-42"]);
    expect(await platform.workspaceExists("user-42")).toBe(true);
    await platform.deleteWorkspace("user-42");
    expect(await platform.workspaceExists("user-42")).toBe(false);
    await expect(platform.getWorkspace("user-42")).rejects.toMatchObject({ code: "WORKSPACE_NOT_FOUND" });
    await expect(platform.deleteWorkspace("user-42")).rejects.toMatchObject({ code: "WORKSPACE_NOT_FOUND" });
  });

  test("have ids that cannot leave the state directory, in every function", async () => {
    const platform = createPlatform({ stateDir: temporaryDirectory() });
    const calls = [
      () => platform.createWorkspace("../x"),
      () => platform.getWorkspace("../x"),
      () => platform.workspaceExists("__proto__"),
      () => platform.deleteWorkspace(".."),
    ];
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({ code: "INVALID_ID", kind: "userId" });
  });

  test("take no unknown setting, and keep no key on disk", async () => {
    const platform = createPlatform({ stateDir: temporaryDirectory() });
    const create = (config: object) =>
      platform.createWorkspace("ada", untyped<Record<string, never>>(config));
    await expect(create({ modle: "x" })).rejects.toMatchObject({ code: "INVALID_OPTION", option: "modle" });
    await expect(create({ apiKeys: { openai: KEY } })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "apiKeys",
      message: expect.stringMatching(/unencrypted.*createPlatform or run/),
    });
    expect(await platform.listWorkspaces()).toEqual([]);
  });

  test("whose config.json was damaged cannot be opened, and are not overwritten", async () => {
    const { platform, stateDir } = await setting([]);
    const path = join(stateDir, "workspaces", "ada", "config.json");
    writeFileSync(path, "{");
    await expect(platform.getWorkspace("ada")).rejects.toMatchObject({ code: "WORKSPACE_CORRUPT" });
    await expect(platform.createWorkspace("ada")).rejects.toMatchObject({ code: "WORKSPACE_EXISTS" });
    expect(readFileSync(path, "utf8")).toBe("{");
  });
});

describe("run options", () => {
  test.each<[string, object]>([
    ["message", {}],
    ["message", { message: "" }],
    ["message", { message: 7 }],
    ["message", { message: "ä".repeat(600_000) }],
    ["model", { message: "x", model: "" }],
    ["baseUrl", { message: "x", baseUrl: "nowhere" }],
    ["signal", { message: "x", signal: {} }],
    ["onEvent", { message: "x", onEvent: "log" }],
    ["apiKeys", { message: "x", apiKeys: { openai: 7 } }],
    ["apiKeys", { message: "x", apiKeys: { openai: [] } }],
    ["apiKeys", { message: "x", apiKeys: { openai: ["fine", "no\nheader"] } }],
    ["fallbacks", { message: "x", fallbacks: "openai/gpt-4o" }],
    ["fallbacks", { message: "x", fallbacks: ["gpt-4o"] }],
    ["fallbacks", { message: "x", fallbacks: ["openai/"] }],
    ["url", { message: "x", fallbacks: [{ provider: "p", model: "m", url: "http://a" }] }],
    ["baseUrl", { message: "x", fallbacks: [{ provider: "p", model: "m", baseUrl: "http://a:b@c" }] }],
    ["model", { message: "x", fallbacks: [{ provider: "p" }] }],
    ["maxRetries", { message: "x", maxRetries: 11 }],
    ["maxRetries", { message: "x", maxRetries: 0.5 }],
    ["deadlineMs", { message: "x", deadlineMs: 0 }],
    ["context", { message: "x", context: 7 }],
    ["windows", { message: "x", context: { windows: { "gpt-4o": 1000 } } }],
    ["openai/gpt-4o", { message: "x", context: { windows: { "openai/gpt-4o": 0 } } }],
    ["blockTokens", { message: "x", context: { blockTokens: -1 } }],
    ["tools", { message: "x", tools: {} }],
    ["toolz", { message: "x", toolz: [] }],
    // Without roles there is nobody to start.
    ["enableSubagents", { message: "x", enableSubagents: true }],
  ])("a wrong or unknown %s is a typed error, before anything starts", async (option, options) => {
    const { ws, server } = await setting([]);
    const run = ws.run(untyped<RunOptions>(options));
    await expect(run).rejects.toMatchObject({ code: "INVALID_OPTION", option });
    expect(server.requests).toHaveLength(0);
  });

  test.each(["../x", "__proto__", "", "a/b"])("the session id %j is a typed error", async (sessionId) => {
    const { ws } = await setting([]);
    await expect(ws.run({ message: "x", sessionId })).rejects.toMatchObject({
      code: "INVALID_ID",
      kind: "sessionId",
    });
  });

  test("no provider, no model, no key: each is a typed error that says what to give", async () => {
    const platform = createPlatform({ stateDir: temporaryDirectory(), env: {} });
    const ws = await platform.createWorkspace("ada");
    await expect(ws.run({ message: "x" })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "provider",
    });
    const provider = "anthropic";
    await expect(ws.run({ message: "x", provider })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "model",
    });
    await expect(ws.run({ message: "x", provider, model: "m" })).rejects.toMatchObject({
      code: "MISSING_API_KEY",
      variable: "ANTHROPIC_API_KEY",
    });
    const other = { provider: "nobody", model: "m", apiKeys: { nobody: "x" } };
    await expect(ws.run({ message: "x", ...other })).rejects.toMatchObject({ code: "UNKNOWN_PROVIDER" });
  });
});
