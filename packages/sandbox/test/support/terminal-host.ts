import { attachTerminal } from "../../cli/terminal-session.ts";
import { createSandbox, type SandboxOptions } from "../../src/index.ts";

// A program as a person starts it in a terminal: one session in one sandbox, whose exit code is its own.

const [, , enforce, fault] = process.argv;
const options: SandboxOptions = enforce === "best-effort" ? { enforce } : {};
const sandbox = await createSandbox(options);
if (fault === "throws")
  process.once("SIGUSR1", () => {
    throw new RangeError("in the midst of it");
  });
process.exitCode = await attachTerminal(sandbox);
await sandbox.kill();
