import { WrongUsage } from "./wrong-usage.ts";

const msPer: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const mbPer: Readonly<Record<string, number>> = { m: 1, mb: 1, g: 1_024, gb: 1_024 };

/** @throws WrongUsage */
export function parseTime(text: string, option: string): number {
  const [, number = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.ceil(Number(number) * (msPer[unit] ?? 0));
  if (number === "" || ms < 1)
    throw new WrongUsage(`${option} "${text}" is no time: write 30s, 500ms, 5m, 1h, or a number of seconds`);
  return ms;
}

/** @returns units of 2^20 bytes @throws WrongUsage */
export function parseMb(text: string, option: string): number {
  const [, number = "", unit = "m"] = /^(\d+(?:\.\d+)?)(mb?|gb?)?$/.exec(text.toLowerCase()) ?? [];
  const mb = Math.ceil(Number(number) * (mbPer[unit] ?? 0));
  if (number === "" || mb < 1)
    throw new WrongUsage(`${option} "${text}" is no size: write a number of megabytes, or for example 2g`);
  return mb;
}

/** @throws WrongUsage */
export function parseNumber(text: string, option: string): number {
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw new WrongUsage(`${option} "${text}" is no number`);
  return Number(text);
}
