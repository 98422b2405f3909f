import { byFile, codeAfter, type Finding } from "./todo-findings.ts";

/** What the tools really reported, of which the summary is made. */
export interface Evidence {
  readonly findings: readonly Finding[];
  /** Text of the files that were read, by the path that was asked for. */
  readonly texts: ReadonlyMap<string, string>;
  /** Whether the search said that it left matches out. */
  readonly cut: boolean;
}

/** The text of SUMMARY.md, in Markdown. */
export function formatSummary({ findings, texts, cut }: Evidence): string {
  const lines = ["# TODO comments", "", headline(findings), ""];
  if (cut) lines.push("The search was cut at its limit: there are more.", "");
  for (const [file, inFile] of byFile(findings)) {
    lines.push(`## ${file}`, "");
    for (const finding of inFile) lines.push(...item(finding, texts.get(file)));
    lines.push("");
  }
  return lines.join("\n");
}

/** One sentence with the counts. */
export function headline(findings: readonly Finding[]): string {
  if (findings.length === 0) return "There are no TODO comments here.";
  const files = byFile(findings).length;
  return `${findings.length} TODO ${findings.length === 1 ? "comment" : "comments"} in ${files} ${files === 1 ? "file" : "files"}.`;
}

function item(finding: Finding, fileText: string | undefined): string[] {
  const code = fileText === undefined ? undefined : codeAfter(finding, fileText);
  const line = `- line ${finding.line}: ${finding.text}`;
  return code === undefined ? [line] : [line, `  (stands before \`${code.replaceAll("`", "'")}\`)`];
}
