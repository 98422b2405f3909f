import { SandboxError } from "../errors.ts";

/**
 * Why a snapshot could not be made, used or removed: there is none of that id; its manifest is damaged, or another
 * version's; the disk, the sandbox's memory or one of its limits is used up; the directory to copy into is not empty;
 * something of the sandbox may not be read; it is more than is copied; a sandbox still uses it; it does not fit this
 * sandbox; or the store's directory cannot be trusted.
 */
export type SnapshotFailure =
  | "not-found"
  | "damaged"
  | "version"
  | "no-space"
  | "not-empty"
  | "unreadable"
  | "too-large"
  | "in-use"
  | "mismatch"
  | "store"
  | "failed";

/** What concerns snapshots failed; everything is as it was before, unless the message says otherwise. */
export class SnapshotError extends SandboxError {
  readonly code = "SNAPSHOT";
  readonly reason: SnapshotFailure;

  constructor(reason: SnapshotFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
