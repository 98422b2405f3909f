// The launcher alone is no public interface: its policy is taken from the built package's inside.
import { launcherPath } from "../../packages/sandbox/dist/launcher/launcher-path.js";
import { parseSandboxOptions } from "../../packages/sandbox/dist/options/sandbox-options.js";
import { encodePolicy } from "../../packages/sandbox/dist/policy/encode-policy.js";
import { sandboxPolicy } from "../../packages/sandbox/dist/policy/sandbox-policy.js";

const policy = () => sandboxPolicy(parseSandboxOptions({}), undefined);

/** What a sandbox sees of the host's system: operations that bubblewrap knows as well. */
export function systemOperations(): readonly (readonly string[])[] {
  return policy().filter(([name]) => name === "system" || name === "symlink");
}

/** A sandbox with every layer but the cgroup, which bubblewrap has none of either, for one command. */
export function oneShotPolicy(argv: readonly string[]): { launcher: string; policy: Buffer } {
  const operations = [
    ...policy(),
    ["cwd", "/"] as const,
    ["env", "PATH=/usr/bin:/bin"] as const,
    ...argv.map((argument) => ["arg", argument] as const),
  ];
  return { launcher: launcherPath(), policy: encodePolicy(operations) };
}
