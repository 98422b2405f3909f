const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const cleanUps = new Set<() => void | Promise<void>>();

async function onSignal(signal: NodeJS.Signals): Promise<void> {
  // A second signal ends this process at once.
  for (const each of signals) process.off(each, onSignal);
  await Promise.allSettled([...cleanUps].map(async (cleanUp) => cleanUp()));
  process.kill(process.pid, signal);
}

/**
 * Runs a function when this process is asked to end before it is forgotten, by the function that this returns. The
 * process ends when all such functions, or what they promise, have ended.
 */
export function cleanUpOnSignal(cleanUp: () => void | Promise<void>): () => void {
  if (cleanUps.size === 0) for (const signal of signals) process.on(signal, onSignal);
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
    if (cleanUps.size === 0) for (const signal of signals) process.off(signal, onSignal);
  };
}
