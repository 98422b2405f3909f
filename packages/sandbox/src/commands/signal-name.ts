import { constants } from "node:os";

const names = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** The name of a signal's number; SIGKILL where the launcher itself was killed and could not tell. */
export function signalName(number: number | undefined): NodeJS.Signals {
  return (number === undefined ? undefined : names.get(number)) ?? "SIGKILL";
}
