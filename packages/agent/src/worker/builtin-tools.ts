import type { WorkerTool } from "./tool.ts";
import { bashTool } from "./tools/bash.ts";
import { editTool } from "./tools/edit.ts";
import { findTool } from "./tools/find.ts";
import { grepTool } from "./tools/grep.ts";
import { lsTool } from "./tools/ls.ts";
import { readTool } from "./tools/read.ts";
import { writeTool } from "./tools/write.ts";

/** The code of the tools that `../tool-definitions.ts` describes. */
export const workerTools: readonly WorkerTool[] = [
  bashTool,
  readTool,
  writeTool,
  editTool,
  grepTool,
  findTool,
  lsTool,
];
