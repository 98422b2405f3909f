import type { ParametersSchema } from "./json-schema.ts";

/** What a model is told of a tool. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: ParametersSchema;
}

const limitNote = "Output is cut at 2000 lines or 50 KB, whichever comes first.";

export const bashDefinition = {
  name: "bash",
  description: `Run a bash command in /workspace. Returns stdout and stderr together; a non-zero exit code is an error. ${limitNote} The end is kept.`,
  parameters: {
    type: "object",
    properties: {
      command: { type: "string", description: "The command" },
      timeoutMs: {
        type: "integer",
        description:
          "Time limit in milliseconds, default 120000; then the command and its children are killed",
        minimum: 1,
        maximum: 3_600_000,
      },
    },
    required: ["command"],
  },
} as const satisfies ToolDefinition;

export const readDefinition = {
  name: "read",
  description: `Read a text file. ${limitNote} Read on with offset.`,
  parameters: {
    type: "object",
    properties: {
      path: { type: "string", description: "File, relative to /workspace or absolute" },
      offset: {
        type: "integer",
        description: "First line to read, from 1",
        minimum: 1,
        maximum: 1_000_000_000,
      },
      limit: { type: "integer", description: "Most lines to read", minimum: 1, maximum: 1_000_000_000 },
    },
    required: ["path"],
  },
} as const satisfies ToolDefinition;

export const writeDefinition = {
  name: "write",
  description: "Write a file, replacing what it held. Makes missing directories.",
  parameters: {
    type: "object",
    properties: {
      path: { type: "string", description: "File, relative to /workspace or absolute" },
      content: { type: "string", description: "The whole new content" },
    },
    required: ["path", "content"],
  },
} as const satisfies ToolDefinition;

export const editDefinition = {
  name: "edit",
  description:
    "Replace exact text in a file. oldText must match exactly, white space included, and only once unless replaceAll is true.",
  parameters: {
    type: "object",
    properties: {
      path: { type: "string", description: "File, relative to /workspace or absolute" },
      oldText: { type: "string", description: "Exact text to replace" },
      newText: { type: "string", description: "What replaces it" },
      replaceAll: { type: "boolean", description: "Replace every occurrence, default false" },
    },
    required: ["path", "oldText", "newText"],
  },
} as const satisfies ToolDefinition;

export const grepDefinition = {
  name: "grep",
  description: `Search file contents by regular expression (JavaScript syntax), line by line. Prints path:line: text. Skips .git, binary files and symbolic links. ${limitNote}`,
  parameters: {
    type: "object",
    properties: {
      pattern: { type: "string", description: "Regular expression, or plain text with literal" },
      path: { type: "string", description: "File or directory to search, default /workspace" },
      glob: { type: "string", description: "Only files that match, such as *.ts or src/**/*.{js,ts}" },
      ignoreCase: { type: "boolean", description: "Ignore case, default false" },
      literal: { type: "boolean", description: "The pattern is plain text, default false" },
      context: { type: "integer", description: "Lines to show around a match", minimum: 0, maximum: 100 },
      limit: { type: "integer", description: "Most matches, default 100", minimum: 1, maximum: 10_000 },
    },
    required: ["pattern"],
  },
} as const satisfies ToolDefinition;

export const findDefinition = {
  name: "find",
  description: `Find files and directories by glob. A pattern without / matches names at any depth. Skips .git and does not follow symbolic links. ${limitNote}`,
  parameters: {
    type: "object",
    properties: {
      pattern: { type: "string", description: "Glob, such as *.ts, **/test/*.json or src/**" },
      path: { type: "string", description: "Directory to search, default /workspace" },
      limit: { type: "integer", description: "Most results, default 1000", minimum: 1, maximum: 10_000 },
    },
    required: ["pattern"],
  },
} as const satisfies ToolDefinition;

export const lsDefinition = {
  name: "ls",
  description: `List a directory, dot files included. Directories end with /, symbolic links with @. ${limitNote}`,
  parameters: {
    type: "object",
    properties: {
      path: { type: "string", description: "Directory, default /workspace" },
      limit: { type: "integer", description: "Most entries, default 500", minimum: 1, maximum: 10_000 },
    },
    required: [],
  },
} as const satisfies ToolDefinition;

/** The tools that every worker has. Send these to the model; the worker runs the calls. */
export const builtinTools: readonly ToolDefinition[] = [
  bashDefinition,
  readDefinition,
  writeDefinition,
  editDefinition,
  grepDefinition,
  findDefinition,
  lsDefinition,
];
