const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const cleanUps = new Set<() => void>();

function onSignal(signal: NodeJS.Signals): void {
  for (const cleanUp of cleanUps) cleanUp();
  for (const each of signals) process.off(each, onSignal);
  process.kill(process.pid, signal);
}

/**
 * Runs a function when this process is asked to end before it is forgotten, by the function that this returns. It
 * must be synchronous.
 */
export function cleanUpOnSignal(cleanUp: () => void): () => void {
  if (cleanUps.size === 0) for (const signal of signals) process.on(signal, onSignal);
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
    if (cleanUps.size === 0) for (const signal of signals) process.off(signal, onSignal);
  };
}
