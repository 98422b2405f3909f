/** CSI, OSC and two-character escape sequences (ECMA-48 §5.4, §8.3.89; xterm's control sequences). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A program's output as plain text: no escape sequences, no control characters but tab and newline. */
export function plainText(output: string): string {
  return output.replace(escapes, "").replace(/\r\n?/g, "\n").replace(controls, "");
}
