/** What this package's own command line uses beside the public names; not for others. */
export { addOutputDenials } from "./denied/output-denials.ts";
export { parseSandboxOptions } from "./options/sandbox-options.ts";
export { systemDirectories } from "./policy/root-filesystem.ts";
export { defaultEnvs } from "./policy/sandbox-policy.ts";
