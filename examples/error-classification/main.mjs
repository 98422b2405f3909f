// What errors of model providers mean, by rule; no key is needed, and nothing is asked but a port where nobody is.
// Usage: node main.mjs
import { once } from "node:events";
import { createServer } from "node:net";
import { classifyError, errorInputOf } from "@cloison/fallback";
import { errors } from "./errors.mjs";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address();
server.close();
await once(server, "close");
const thrown = await fetch(`http://127.0.0.1:${port}`).catch((error) => error);
const all = [...errors, ["whatever fetch throws", errorInputOf(thrown)]];

const rows = all.map(([title, input]) => {
  const { reason, scope, retryable, retryAfterMs, confidence, matched } = classifyError(input);
  const again = retryable ? (retryAfterMs === undefined ? "yes" : `in ${retryAfterMs / 1000} s`) : "no";
  return [title, reason, scope, again, confidence.toFixed(2), matched];
});

const head = ["error", "reason", "scope", "again?", "sure", "rule"];
const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
for (const row of [head, ...rows]) {
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
}
