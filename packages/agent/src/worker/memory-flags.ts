let done = false;

/**
 * Once, makes V8 collect eagerly and interpret instead of compile. The worker waits for models and processes; what
 * it computes itself is little, and compiled code and its feedback cost 10 MB in an agent that ran 30 tools
 * (docs/agent.md, "The worker").
 *
 * Set here and not on the command line because a flag there that changes code makes V8 reject Node's cache of
 * its own built-in modules, and that costs 5 ms of every start.
 */
export function preferMemoryToSpeed(): void {
  if (done) return;
  done = true;
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  for (const flag of ["--optimize-for-size", "--no-sparkplug", "--no-maglev", "--no-opt"]) {
    setFlagsFromString(flag);
  }
}
