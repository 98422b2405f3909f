import { onOneLine } from "./one-line.ts";

const maxCharacters = 600;

/** What the library's messages call a thing, and what it is called here. */
const names: readonly (readonly [RegExp, string])[] = [
  [/\bmounts\[\d+\]\.source\b/g, "--rw or --ro"],
  [/\bmounts\[\d+\]\.target\b/g, "the TARGET of --rw or --ro"],
  [/\blimits\.memoryMb\b/g, "--memory"],
  [/\blimits\.pids\b/g, "--pids"],
  [/\blimits\.cpus\b/g, "--cpus"],
  [/\blimits\.diskMb\b/g, "--disk"],
  [/\btimeoutMs\b/g, "--timeout"],
  [/^hostname\b/g, "--hostname"],
  [/^rootfs\b/g, "--rootfs"],
  [/\bwritableSystem: true/g, "--writable-system"],
  [/\baccess: "rw"/g, "--rw"],
  [/\benforce: "best-effort"/g, "--best-effort"],
  [/\bseccomp: "default"/g, "--seccomp default"],
];

/** Writes a line to standard error, in the words of this command line. */
export type Report = (text: string) => void;

/** @param name how the command was called */
export function createReport(name: string): Report {
  return (text) => {
    const said = names.reduce((words, [library, option]) => words.replace(library, option), text);
    process.stderr.write(`${name}: ${onOneLine(said, maxCharacters)}\n`);
  };
}
