/** Errors of the system for want of descriptors, processes or memory: they say nothing of what the host can do. */
const shortages = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"];

/** The code of a shortage that an error, or one that caused it, stands for. */
export function shortageOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  return shortages.includes(code) ? code : shortageOf(error.cause);
}
