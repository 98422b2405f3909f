import { SandboxError } from "#sandbox";

/** The corpus itself could not run, or one of its acts broke down; says nothing about the sandbox. */
export class AttackCorpusError extends SandboxError {
  readonly code = "ATTACK_CORPUS";
}
