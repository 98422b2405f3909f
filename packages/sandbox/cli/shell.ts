import { inSandbox } from "./in-sandbox.ts";
import type { Report } from "./reporter.ts";
import type { SandboxArguments } from "./sandbox-arguments.ts";
import { attachTerminal } from "./terminal-session.ts";
import { WrongUsage } from "./wrong-usage.ts";

/**
 * Opens a shell in a sandbox of its own, in the terminal of this process.
 *
 * @returns the exit code
 * @throws WrongUsage where there is no terminal
 */
export async function shell(given: SandboxArguments, report: Report): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new WrongUsage("a shell needs a terminal, for input and output; without one, use exec -- sh");
  const { cwd, timeoutMs } = given;
  return await inSandbox(given, report, ({ sandbox, envs }) =>
    attachTerminal(sandbox, {
      envs,
      ...(cwd !== undefined && { cwd }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    }),
  );
}
