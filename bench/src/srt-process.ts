// Anthropic's sandbox-runtime in a process of its own, used as its README says under "As a library". It answers every
// message with what it took by this process's clock.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SandboxManager, type SandboxRuntimeConfig } from "@anthropic-ai/sandbox-runtime";
import type { SrtAct, SrtAnswer } from "./srt.ts";

/** The configuration of its README's example, with no host allowed: what our sandboxes have. */
const config: SandboxRuntimeConfig = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: { denyRead: ["~/.ssh"], allowWrite: [".", "/tmp"], denyWrite: [".env"] },
};

/** Why srt cannot run here. */
async function lack(): Promise<string | undefined> {
  if (!SandboxManager.isSupportedPlatform()) return "srt does not support this platform";
  const { errors } = SandboxManager.checkDependencies();
  return errors.length === 0 ? undefined : `${errors.join("; ")} (apt-get install bubblewrap socat ripgrep)`;
}

async function run(): Promise<void> {
  const wrapped = await SandboxManager.wrapWithSandbox("/bin/true");
  await new Promise<void>((resolve, reject) => {
    const child = spawn(wrapped, { shell: true, stdio: "ignore" });
    child.on("error", reject);
    child.on("exit", (code) => {
      SandboxManager.cleanupAfterCommand();
      if (code === 0) resolve();
      else reject(new TypeError(`srt ended with ${code}`));
    });
  });
}

const acts: Readonly<Record<SrtAct, () => Promise<unknown>>> = {
  lack,
  start: () => SandboxManager.initialize(config),
  run,
  end: () => SandboxManager.reset(),
  async once() {
    await SandboxManager.initialize(config);
    await run();
    await SandboxManager.reset();
  },
};

async function answer(act: SrtAct): Promise<SrtAnswer> {
  const start = performance.now();
  try {
    const lack = await acts[act]();
    return { ms: performance.now() - start, ...(typeof lack === "string" && { lack }) };
  } catch (error) {
    return { ms: performance.now() - start, error: error instanceof Error ? error.message : String(error) };
  }
}

const directory = mkdtempSync(join(tmpdir(), "cloison-bench-srt-"));
process.chdir(directory);
process.on("message", async (act: SrtAct) => process.send?.(await answer(act)));
process.on("disconnect", () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit();
});
