import { SandboxError } from "../errors.ts";

/** A seccomp profile contradicts itself, names a system call that no supported kernel has, or is too large. */
export class SeccompProfileError extends SandboxError {
  readonly code = "SECCOMP_PROFILE";
}
