// The launcher alone is no public interface: its policy is taken from the built package's inside.
import { launcherPath } from "../../packages/sandbox/dist/launcher/launcher-path.js";
import { parseSandboxOptions } from "../../packages/sandbox/dist/options/sandbox-options.js";
import { encodePolicy } from "../../packages/sandbox/dist/policy/encode-policy.js";

export { rootFilesystem } from "../../packages/sandbox/dist/policy/root-filesystem.js";

import { sandboxPolicy } from "../../packages/sandbox/dist/policy/sandbox-policy.js";

/** A sandbox with every layer but the cgroup, which bubblewrap has none of either, for one command. */
export function oneShotPolicy(argv: readonly string[]): { launcher: string; policy: Buffer } {
  const operations = [
    ...sandboxPolicy(parseSandboxOptions({}), undefined),
    ["cwd", "/"] as const,
    ["env", "PATH=/usr/bin:/bin"] as const,
    ...argv.map((argument) => ["arg", argument] as const),
  ];
  return { launcher: launcherPath(), policy: encodePolicy(operations) };
}
