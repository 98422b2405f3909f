/** The operating system's code of a failed call, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** For what may be gone already. */
export function unlessGone(error: unknown): undefined {
  if (errorCode(error) === "ENOENT") return undefined;
  throw error;
}
