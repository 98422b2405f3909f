/** Most of a tool's output that goes to the model; what pi and others use. */
export const maxOutputLines = 2000;
export const maxOutputBytes = 50 * 1024;

/** Lines kept, what they are joined to, and whether anything was cut. */
export interface KeptText {
  readonly text: string;
  readonly lines: number;
  readonly cut: boolean;
}

/** At most `maxBytes` of the start of a text, never half a character. */
export function firstBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  // Streaming mode holds an unfinished character back instead of replacing it.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, maxBytes), { stream: true });
}

/** At most `maxBytes` of the end of a text, never half a character. */
export function lastBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let start = bytes.length - maxBytes;
  // 10xxxxxx continues a character (RFC 3629).
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.toString("utf8", start);
}

/** Whole lines from the start, as many as the limits allow; of a longer first line, its start. */
export function keepFirstLines(lines: readonly string[]): KeptText {
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > maxOutputBytes || count === maxOutputLines) break;
    count++;
  }
  if (count === 0 && lines[0] !== undefined) {
    return { text: firstBytes(lines[0], maxOutputBytes), lines: 1, cut: true };
  }
  return { text: lines.slice(0, count).join("\n"), lines: count, cut: count < lines.length };
}

/** Whole lines from the end, as many as the limits allow; of a longer last line, its end. */
export function keepLastLines(lines: readonly string[]): KeptText {
  let bytes = 0;
  let count = 0;
  for (let index = lines.length - 1; index >= 0; index--) {
    bytes += Buffer.byteLength(lines[index] ?? "") + 1;
    if (bytes > maxOutputBytes || count === maxOutputLines) break;
    count++;
  }
  const last = lines.at(-1);
  if (count === 0 && last !== undefined) {
    return { text: lastBytes(last, maxOutputBytes), lines: 1, cut: true };
  }
  return { text: lines.slice(lines.length - count).join("\n"), lines: count, cut: count < lines.length };
}
