/**
 * Base of every error that this package throws on purpose. `code` is a literal per class, `cause` keeps what
 * the kernel or Node said, and the message says what to do about it.
 */
export abstract class SandboxError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
