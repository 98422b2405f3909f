export { compileSeccomp, type RefusedBy } from "./compile.ts";
export { customProfile, initProfile } from "./custom-profile.ts";
export { defaultSeccompProfile } from "./default-profile.ts";
export { SeccompProfileError } from "./errors.ts";
export { whyNeverAllowed } from "./fixed-calls.ts";
export type {
  ArgumentRule,
  Comparison,
  ConditionalCalls,
  SeccompArch,
  SeccompProfile,
  Verdict,
} from "./profile.ts";
export { strictSeccompProfile } from "./strict-profile.ts";
