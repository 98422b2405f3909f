// A process of its own that changes a file of cooldowns: `node cooldown-process.ts <path> <what>`.
import { fileCooldownStore } from "../../src/cooldown/file-store.ts";
import type { Cooldown } from "../../src/cooldown/types.ts";

const [path = "", what = ""] = process.argv.slice(2);
const store = fileCooldownStore({ path });

function next(before: Cooldown | undefined): Cooldown {
  const failures = (before?.failures ?? 0) + 1;
  return { reason: "rate_limit", failures, until: 1, probeFrom: 1, failedAt: 0 };
}

if (what === "die") {
  // In the midst of a change, with the lock in its hands.
  await store.update("id", () => process.kill(process.pid, "SIGKILL") && undefined);
} else {
  // Says how far it is after each change that was acknowledged.
  for (let count = 1; what === "for-ever" || count <= Number(what); count += 1) {
    const made = await store.update("id", next);
    process.stdout.write(`${made?.failures}\n`);
  }
}
