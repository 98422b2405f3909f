import { addUsage, noUsage, type RunUsage } from "../run/usage.ts";

/** What was spent: tokens and their price, answers, and tool calls in them. */
export interface Spend extends RunUsage {
  readonly turns: number;
  readonly toolCalls: number;
}

/** One attempt that has spent something. Holds no key. */
export interface SpendRecord extends Spend {
  /** When the answer had come, in milliseconds since 1970. */
  readonly at: number;
  readonly sessionId: string;
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key: string;
  /** The provider told no tokens: they are ours, by the length of request and answer. */
  readonly estimated: boolean;
}

export const noSpend: Spend = { ...noUsage, turns: 0, toolCalls: 0 };

export function addSpend(a: Spend, b: Spend): Spend {
  return { ...addUsage(a, b), turns: a.turns + b.turns, toolCalls: a.toolCalls + b.toolCalls };
}

/** The names of all that is added up. */
export const spendAmounts = [
  "input",
  "output",
  "cacheRead",
  "cacheWrite",
  "totalTokens",
  "costUsd",
  "turns",
  "toolCalls",
] as const satisfies readonly (keyof Spend)[];

const texts = ["sessionId", "provider", "model", "key"] as const satisfies readonly (keyof SpendRecord)[];

/** One JSON object in one line. */
export function formatSpend({ at, estimated, ...record }: SpendRecord): string {
  const fields = [...texts, ...spendAmounts].map((name) => [name, record[name]]);
  return JSON.stringify({
    v: 1,
    at: new Date(at).toISOString(),
    ...Object.fromEntries(fields),
    ...(estimated ? { estimated } : {}),
  });
}

/** What `toISOString` writes: its beginning is the month. */
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @returns undefined for a line that `formatSpend` does not write into the file of this month */
export function parseSpend(line: string, month: string): SpendRecord | undefined {
  const value = parseJson(line);
  if (!isObject(value) || value.v !== 1 || typeof value.at !== "string") return undefined;
  const at = value.at.startsWith(month) && UTC.test(value.at) ? Date.parse(value.at) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const [sessionId, provider, model, key] = texts.map((name) => value[name]);
  if (!isText(sessionId) || !isText(provider) || !isText(model) || !isText(key)) return undefined;
  const spend: { -readonly [name in keyof Spend]: number } = { ...noSpend };
  for (const name of spendAmounts) {
    const amount = value[name];
    if (typeof amount !== "number" || !(amount >= 0)) return undefined;
    spend[name] = amount;
  }
  return { at, sessionId, provider, model, key, ...spend, estimated: value.estimated === true };
}

/** Makes usage that a provider may have told wrongly into amounts that can be added up, and never lower a sum. */
export function soundUsage(usage: RunUsage): RunUsage {
  // Not every amount is the number that its type says: clients hand on what servers send.
  const sound = (amount: unknown) =>
    typeof amount === "number" && amount > 0 ? Math.min(amount, Number.MAX_SAFE_INTEGER) : 0;
  const [input, output, cacheRead, cacheWrite] = [
    sound(usage.input),
    sound(usage.output),
    sound(usage.cacheRead),
    sound(usage.cacheWrite),
  ];
  const totalTokens = Math.max(sound(usage.totalTokens), input + output + cacheRead + cacheWrite);
  return { input, output, cacheRead, cacheWrite, totalTokens, costUsd: sound(usage.costUsd) };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Whoever reads the file tells which line it is.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
