import { Buffer } from "node:buffer";

/** One operation of the launcher's policy: its name and its arguments. `native/policy.c` lists them. */
export type Operation = readonly [name: string, ...args: string[]];

const lengthDigits = 8;

/** The bytes that the launcher reads: a decimal length, then NUL-ended strings. */
export function encodePolicy(operations: readonly Operation[]): Buffer {
  const body = Buffer.from(operations.map((operation) => `${operation.join("\0")}\0`).join(""));
  return Buffer.concat([Buffer.from(String(body.length).padStart(lengthDigits, "0")), body]);
}
