/** Exit codes that no program of the sandbox has brought about; as of timeout(1), env(1) and docker. */
export const exitCodes = {
  wrongArguments: 2,
  timedOut: 124,
  failed: 125,
  notRunnable: 126,
  notFound: 127,
  /** And the signal's number. */
  signal: 128,
} as const;
