import { readFileSync } from "node:fs";
import { isEnding } from "../commands/sandbox-ending.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { InterfaceStats } from "../types.ts";

/** Columns of /proc/PID/net/dev behind the name: bytes, packets and six others received, then the same of sent. */
function parseInterface(line: string): InterfaceStats[] {
  const [name, figures] = line.split(":");
  if (name === undefined || figures === undefined) return [];
  const numbers = figures.trim().split(/\s+/).map(Number);
  const [receivedBytes = 0, receivedPackets = 0] = numbers;
  const [sentBytes = 0, sentPackets = 0] = numbers.slice(8);
  return [{ name: name.trim(), receivedBytes, receivedPackets, sentBytes, sentPackets }];
}

/** By PID 1's view of its network, which /proc shows to everybody; undefined where it shows nothing of others. */
export function readNetwork(living: LivingSandbox): readonly InterfaceStats[] | undefined {
  try {
    const text = readFileSync(`/proc/${living.initPid}/net/dev`, "utf8");
    // Its number may be another's by now.
    if (living.end !== undefined || isEnding(living)) return undefined;
    return text.split("\n").flatMap(parseInterface);
  } catch {
    return undefined; // gone or hidden: which one makes no difference to what can be told
  }
}
