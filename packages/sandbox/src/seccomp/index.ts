export { compileSeccomp } from "./compile.ts";
export { defaultSeccompProfile } from "./default-profile.ts";
export { SeccompProfileError } from "./errors.ts";
export type {
  ArgumentRule,
  Comparison,
  ConditionalCalls,
  SeccompArch,
  SeccompProfile,
  Verdict,
} from "./profile.ts";
