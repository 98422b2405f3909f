import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SandboxManager, type SandboxRuntimeConfig } from "@anthropic-ai/sandbox-runtime";

/** The configuration of its README's example, with no host allowed: what our sandboxes have. */
const config: SandboxRuntimeConfig = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: { denyRead: ["~/.ssh"], allowWrite: [".", "/tmp"], denyWrite: [".env"] },
};

/** Anthropic's sandbox-runtime, used as its README says under "As a library". */
export interface Srt {
  /** `wrapWithSandbox()` and `spawn()`: each command of srt's gets a sandbox of its own. */
  run(command: string): Promise<void>;
  close(): Promise<void>;
}

/** Why srt cannot run here; undefined where it can. */
export function srtLack(): string | undefined {
  if (!SandboxManager.isSupportedPlatform()) return "srt does not support this platform";
  const { errors } = SandboxManager.checkDependencies();
  return errors.length === 0 ? undefined : `${errors.join("; ")} (apt-get install bubblewrap socat ripgrep)`;
}

/** Starts what srt has one of for a process: its proxies. It works in an empty directory of its own until closed. */
export async function openSrt(): Promise<Srt> {
  const before = process.cwd();
  const directory = mkdtempSync(join(tmpdir(), "cloison-bench-srt-"));
  process.chdir(directory);
  await SandboxManager.initialize(config);
  return {
    run,
    async close() {
      await SandboxManager.reset();
      process.chdir(before);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function run(command: string): Promise<void> {
  const wrapped = await SandboxManager.wrapWithSandbox(command);
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
