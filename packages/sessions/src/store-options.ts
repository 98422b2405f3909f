import type { SessionDriver } from "./driver.ts";
import { SessionOptionsError } from "./errors.ts";
import { filesDriver } from "./files/files-driver.ts";
import { checkNames } from "./option-names.ts";

/** Where sessions are kept: a directory, or a driver of the caller's. */
export type SessionStoreOptions = {
  /** What transcripts name as the working directory. Default `/workspace`. */
  readonly cwd?: string | undefined;
  /** Milliseconds to wait for another writer of a session, 0 and more. Default 5,000. */
  readonly busyTimeoutMs?: number | undefined;
} & (
  | { readonly dir: string; readonly store?: undefined }
  | { readonly store: SessionDriver; readonly dir?: undefined }
);

/** How to wait for another writer. */
export interface OpenOptions {
  /** Milliseconds, 0 and more. Default: the store's. */
  readonly busyTimeoutMs?: number | undefined;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of a store, checked. */
export interface CheckedStoreOptions {
  readonly driver: SessionDriver;
  readonly cwd: string;
  readonly busyTimeoutMs: number;
}

const BUSY_TIMEOUT_MS = 5000;

/** PATH_MAX of Linux. It stands in a header, which readers know by its length. */
const MAX_CWD_CHARS = 4096;

const DRIVER_METHODS = ["open", "read", "get", "list", "delete", "isOpen", "reindex", "close"] as const;

/** Names of {@link OpenOptions}. */
export const OPEN_OPTIONS = ["busyTimeoutMs", "signal"];

/** @throws SessionOptionsError */
export function parseStoreOptions(options: SessionStoreOptions): CheckedStoreOptions {
  checkNames("createSessionStore", options, ["dir", "store", "cwd", "busyTimeoutMs"]);
  const { dir, store, cwd = "/workspace", busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
  if (typeof cwd !== "string" || cwd.length > MAX_CWD_CHARS)
    throw refusal("cwd", `must be a text of at most ${MAX_CWD_CHARS} characters`);
  checkWait(busyTimeoutMs);
  if ((dir === undefined) === (store === undefined))
    throw refusal("dir", "give either dir, a directory, or store, a driver");
  if (store !== undefined) return { driver: checkDriver(store), cwd, busyTimeoutMs };
  if (typeof dir !== "string" || dir === "") throw refusal("dir", "must be the path of a directory");
  return { driver: filesDriver({ dir }), cwd, busyTimeoutMs };
}

/** @throws SessionOptionsError */
export function parseOpenOptions(where: string, options: OpenOptions, store: CheckedStoreOptions) {
  checkNames(where, options, OPEN_OPTIONS);
  const { busyTimeoutMs = store.busyTimeoutMs, signal } = options;
  checkWait(busyTimeoutMs);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw refusal("signal", "must be an AbortSignal");
  return { busyTimeoutMs, signal };
}

function checkDriver(store: SessionDriver): SessionDriver {
  if (typeof store !== "object" || store === null) throw refusal("store", "must be a SessionDriver");
  const missing = DRIVER_METHODS.filter((method) => typeof store[method] !== "function");
  if (missing.length > 0)
    throw refusal("store", `must be a SessionDriver; it has no function ${missing.join(", ")}`);
  return store;
}

function checkWait(busyTimeoutMs: unknown): void {
  if (typeof busyTimeoutMs !== "number" || !(busyTimeoutMs >= 0))
    throw refusal("busyTimeoutMs", "must be a number of milliseconds, 0 or more");
}

function refusal(option: string, reason: string): SessionOptionsError {
  return new SessionOptionsError(option, `${option}: ${reason}`);
}
