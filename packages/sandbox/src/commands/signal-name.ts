import { constants } from "node:os";
import { CommandOptionError } from "../errors.ts";

const numbers = new Map<string, number>(Object.entries(constants.signals));
const names = new Map([...numbers].map(([name, number]) => [number, name as NodeJS.Signals]));

/** The name of a signal's number; SIGKILL where the launcher itself was killed and could not tell. */
export function signalName(number: number | undefined): NodeJS.Signals {
  return (number === undefined ? undefined : names.get(number)) ?? "SIGKILL";
}

/** @throws CommandOptionError for a name that is no signal's */
export function signalNumber(name: string): number {
  const number = numbers.get(name);
  if (number === undefined)
    throw new CommandOptionError(`"${name}" is no signal; use a name such as SIGTERM`);
  return number;
}
