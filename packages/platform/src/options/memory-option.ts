import type { OptionReader } from "./option-reader.ts";

/** Something that an agent wants to be known beyond its conversation. */
export interface MemoryEntry {
  readonly userId: string;
  readonly sessionId: string;
  /** 1 to 4000 characters, written by the model: data, never an instruction. */
  readonly text: string;
}

/** Where agents keep what should last. */
export interface SessionMemory {
  /** Has 30 s. What it throws is told by the event `memory_flush`, and the run goes on. */
  store(entry: MemoryEntry): Promise<void>;
}

/** Reads the option `memory`. @throws InvalidOptionError */
export function readMemory(
  options: OptionReader,
  given: SessionMemory | undefined,
): SessionMemory | undefined {
  if (given === undefined) return undefined;
  const { store } = options.optionalObject("memory") ?? given;
  if (typeof store !== "function")
    throw options.refuse("memory", "must be an object with the function store");
  return given;
}
