import { SessionStoreError } from "../errors.ts";

/** The `code` of a system error, such as `ENOENT`; undefined for anything else that was thrown. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** For `catch`: what is not there is undefined; everything else goes on being an error. */
export function unlessGone(error: unknown): undefined {
  if (errorCode(error) === "ENOENT") return undefined;
  throw error;
}

/**
 * @param what was tried, such as `cannot read /sessions/s.jsonl`
 * @returns the error itself where it is no system error
 */
export function storeError(what: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new SessionStoreError(`${what} (${code}); ${REMEDIES[code] ?? "see the cause"}`, error);
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "make the directory, or name another one",
  ENOTDIR: "name a path that is a directory",
  EACCES: "give this user the right to read and write there",
  EPERM: "give this user the right to read and write there",
  EROFS: "name a directory that can be written",
  ENOSPC: "make room on the disk",
  EDQUOT: "make room within this user's quota",
  EMFILE: "close what is open, or raise the limit of open files",
  ENFILE: "close what is open, or raise the limit of open files",
};
