import { randomBytes } from "node:crypto";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** `prefix` and `length` random letters and digits: random, so that ids of two servers never meet in one
 * conversation. The slight bias of the modulus does not matter for uniqueness. */
export function randomId(prefix: string, length: number): string {
  return prefix + Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join("");
}
