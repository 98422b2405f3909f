// The guest's line to the machine outside: one message of JSON a line, over the second serial port.
import { appendFileSync } from "node:fs";

/** @param {import("../machine.mjs").Message} message */
export function tell(message) {
  appendFileSync(process.env.CLOISON_VM_RESULTS ?? "/dev/stdout", `${JSON.stringify(message)}\n`);
}
