import type {
  AnswerFunction,
  ModelMessage,
  ModelReply,
  ModelRequest,
  ModelToolResult,
} from "@cloison/testing";
import { byFile, isCut, parseFindings, TODO_PATTERN } from "./todo-findings.ts";
import { type Evidence, formatSummary, headline } from "./todo-summary.ts";

/** The file that the agent leaves in the workspace. */
const SUMMARY_FILE = "SUMMARY.md";

const FILES_TO_READ = 2;

/**
 * Plays the model for "find all TODO comments and create a summary". It only chooses the tool calls: they run
 * for real in the sandbox, and the summary is made of what the agent sent back. Any message gets this job.
 */
export const answerTodo: AnswerFunction = (request) => {
  const said = sinceLastPrompt(request);
  const results = said.flatMap(({ toolResults }) => toolResults);
  const turns = said.filter(({ role }) => role === "assistant").length;
  if (turns === 0) return search();
  const evidence = gather(request, results);
  if (turns === 1 && evidence.findings.length > 0) return read(evidence);
  if (!results.some(({ toolName }) => toolName === "write")) return write(evidence);
  return finish(evidence, results);
};

function search(): ModelReply {
  return {
    text: "I will search the files for TODO comments and see what kinds of files there are.",
    toolCalls: [
      {
        name: "bash",
        arguments: { command: "find . -type f | sed 's/.*[./]//' | sort | uniq -c | sort -rn | head -8" },
      },
      { name: "grep", arguments: { pattern: TODO_PATTERN, limit: 1000 } },
    ],
  };
}

function read({ findings }: Evidence): ModelReply {
  const files = byFile(findings).slice(0, FILES_TO_READ);
  return {
    text: `${headline(findings)} I will read where most of them stand.`,
    toolCalls: files.map(([path]) => ({ name: "read", arguments: { path } })),
  };
}

function write(evidence: Evidence): ModelReply {
  const content = formatSummary(evidence);
  return {
    text: `Now I write the summary to ${SUMMARY_FILE}.`,
    toolCalls: [{ name: "write", arguments: { path: SUMMARY_FILE, content } }],
  };
}

function finish({ findings }: Evidence, results: readonly ModelToolResult[]): ModelReply {
  const written = results.findLast(({ toolName }) => toolName === "write");
  if (written?.isError) return { text: `I could not write ${SUMMARY_FILE}: ${written.text}` };
  const [first] = byFile(findings);
  const most = first === undefined ? "" : ` The file with the most, ${first[0]}, has ${first[1].length}.`;
  return { text: `${headline(findings)}${most} The summary, by file, is in ${SUMMARY_FILE}.` };
}

/** The messages that belong to the present run: an earlier run of the same session is not evidence. */
function sinceLastPrompt({ messages }: ModelRequest): readonly ModelMessage[] {
  return messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
}

function gather(request: ModelRequest, results: readonly ModelToolResult[]): Evidence {
  const found = results.find(({ toolName }) => toolName === "grep")?.text ?? "";
  const calls = sinceLastPrompt(request).flatMap(({ toolCalls }) => toolCalls);
  const texts = new Map<string, string>();
  for (const { toolCallId, toolName, text } of results) {
    const asked = calls.find(({ id }) => id === toolCallId)?.arguments;
    if (toolName !== "read" || !(asked instanceof Object) || !("path" in asked)) continue;
    texts.set(String(asked.path), text);
  }
  return { findings: parseFindings(found), texts, cut: isCut(found) };
}
