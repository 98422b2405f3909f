// A stamp says for which content of which files a step was last done.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** @param {readonly string[]} paths @returns {string} one hash over the names and contents, in this order */
export function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const content = readFileSync(path);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** @param {{ path: string, hash: string }} stamp @returns {boolean} whether the step was done for this very content */
export function readStamp({ path, hash }) {
  try {
    return readFileSync(path, "utf8") === hash;
  } catch {
    return false; // never done here
  }
}

/** @param {{ path: string, hash: string }} stamp */
export function writeStamp({ path, hash }) {
  writeFileSync(path, hash);
}
