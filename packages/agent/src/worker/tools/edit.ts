import { editDefinition } from "../../tool-definitions.ts";
import { ToolError } from "../errors.ts";
import { looksBinary, readFully, replaceFile, withFile } from "../open-file.ts";
import { resolvePath, shownPath } from "../paths.ts";
import { defineTool } from "../tool.ts";

const maxFileBytes = 8 * 1024 * 1024;
/** Most lines that an error names. */
const maxNamedLines = 10;

function readText(path: string): string {
  const bytes = withFile(path, "edit", (descriptor, size) => {
    if (size > maxFileBytes) {
      throw new ToolError(
        `${shownPath(path)} has ${size} bytes, over the 8 MB that edit takes: use bash, such as sed.`,
      );
    }
    const buffer = Buffer.allocUnsafe(size);
    return buffer.subarray(0, readFully(descriptor, buffer));
  });
  if (looksBinary(bytes)) throw new ToolError(`${shownPath(path)} is a binary file.`);
  try {
    // ignoreBOM keeps a byte order mark in the text, so that it is written back.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ToolError(`${shownPath(path)} is not UTF-8; edit would damage it: use bash.`, { cause: error });
  }
}

interface Occurrences {
  readonly count: number;
  /** Where the first few are. */
  readonly positions: readonly number[];
}

function findOccurrences(text: string, wanted: string): Occurrences {
  const positions: number[] = [];
  let count = 0;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
    if (count++ < maxNamedLines) positions.push(at);
  }
  return { count, positions };
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

function notFound(path: string, text: string, oldText: string): ToolError {
  const loose = (value: string) => value.replace(/\s+/g, " ").trim();
  const hint = loose(text).includes(loose(oldText))
    ? " It is there with other white space: copy it from the file as read shows it."
    : " Read the file again: it may have changed.";
  return new ToolError(`oldText is not in ${shownPath(path)}.${hint}`);
}

function notUnique(path: string, text: string, found: Occurrences): ToolError {
  const lines = found.positions.map((position) => lineAt(text, position));
  const more = found.count > lines.length ? ", …" : "";
  return new ToolError(
    `oldText is ${found.count} times in ${shownPath(path)} (lines ${lines.join(", ")}${more}). ` +
      "Give more of the text around it, or set replaceAll.",
  );
}

/** In a file whose lines end in CRLF a model sees and writes LF: give its text the file's line ends. */
function withLineEnds(text: string, file: string): string {
  return /(?<!\r)\n/.test(file) || !file.includes("\r\n") ? text : text.replace(/\r?\n/g, "\r\n");
}

/**
 * `edit`: replaces exact text. It reads, replaces and writes without giving up the event loop, so two edits
 * of one file in the same turn cannot lose each other's work.
 */
export const editTool = defineTool(editDefinition, ({ path, oldText, newText, replaceAll = false }) => {
  const target = resolvePath(path);
  if (oldText === "") throw new ToolError("oldText is empty: use write for a new file.");
  if (oldText === newText) throw new ToolError("oldText and newText are the same.");
  const text = readText(target);
  const wanted = withLineEnds(oldText, text);
  const replacement = withLineEnds(newText, text);
  const found = findOccurrences(text, wanted);
  const first = found.positions[0];
  if (first === undefined) throw notFound(target, text, oldText);
  if (found.count > 1 && !replaceAll) throw notUnique(target, text, found);
  if (text.length + found.count * (replacement.length - wanted.length) > maxFileBytes) {
    throw new ToolError(
      `${shownPath(target)} would grow over the 8 MB that edit takes: use bash, such as sed.`,
    );
  }
  // The replacement is a function because "$&" in a string would mean something.
  replaceFile(
    target,
    "edit",
    text.replaceAll(wanted, () => replacement),
  );
  const times = found.count === 1 ? "" : `, ${found.count} times`;
  return `Edited ${shownPath(target)} at line ${lineAt(text, first)}${times}.`;
});
