import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createRuntime } from "../src/index.ts";
import { modelServer } from "./model-server.ts";
import { anySandbox, bash, KEY } from "./setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

afterEach(() => vi.unstubAllEnvs());

describe("createRuntime", () => {
  test("runs one user's agent in the same sandbox, and finds its files again", async () => {
    const server = await modelServer([
      bash("echo hi > note; cat /proc/self/status | grep Seccomp:"),
      { text: "noted" },
    ]);
    const options = {
      stateDir: join(temporaryDirectory(), "state"),
      provider: "openai",
      model: "scripted",
      baseUrl: server.baseUrls.openai,
      apiKeys: { openai: KEY },
      sandbox: anySandbox,
    };
    const runtime = await createRuntime(options);
    expect(await runtime.run({ message: "note it" })).toMatchObject({ response: "noted", turns: 2 });
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/^Seccomp:\s2$/);
    const again = await createRuntime(options);
    expect(again.filesDir).toBe(runtime.filesDir);
    expect(readdirSync(again.filesDir)).toEqual(["note"]);
  });

  test("keeps its state where the XDG specification wants it", async () => {
    const home = temporaryDirectory();
    vi.stubEnv("HOME", home);
    vi.stubEnv("XDG_STATE_HOME", undefined);
    expect((await createRuntime()).stateDir).toBe(join(home, ".local", "state", "cloison"));
    expect(statSync(join(home, ".local", "state", "cloison")).mode & 0o777).toBe(0o700);
    vi.stubEnv("XDG_STATE_HOME", join(home, "xdg"));
    expect((await createRuntime()).stateDir).toBe(join(home, "xdg", "cloison"));
    vi.stubEnv("XDG_STATE_HOME", "relative");
    expect((await createRuntime()).stateDir).toBe(join(home, ".local", "state", "cloison"));
    expect(existsSync("relative")).toBe(false);
  });

  test("may be called many times at once for the first time", async () => {
    const stateDir = temporaryDirectory();
    const runtimes = await Promise.all(Array.from({ length: 8 }, () => createRuntime({ stateDir })));
    expect(new Set(runtimes.map(({ filesDir }) => filesDir)).size).toBe(1);
  });

  test("refuses an unknown option", async () => {
    const options = { stateDir: temporaryDirectory(), modell: "x" };
    await expect(createRuntime(options)).rejects.toMatchObject({ code: "INVALID_OPTION", option: "modell" });
  });
});
