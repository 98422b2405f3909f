import type { RunEvent, RunResult } from "@cloison/platform";
import type { ModelChoice } from "../model-choice.ts";
import type { SightRow } from "../sight/sight-rows.ts";
import type { CopiedTree } from "../source-tree.ts";
import type { LeftFile } from "./left-files.ts";

/** What is known before the sandbox starts. */
export interface RunStart {
  readonly model: ModelChoice;
  readonly message: string;
  /** Where the files are from, in words. */
  readonly title: string;
  /** Where the workspace's files are on the host. */
  readonly filesDir: string;
  /** Undefined when the workspace was there already. */
  readonly copied: CopiedTree | undefined;
}

/** What is known at the end. */
export interface RunEnd {
  readonly result: RunResult;
  readonly durationMs: number;
  /** Files that the agent made or changed. */
  readonly left: readonly LeftFile[];
}

/** Shows a run, in the order of these methods. */
export interface RunView {
  started(start: RunStart): void;
  event(event: RunEvent): void;
  ended(end: RunEnd): void;
  sights(rows: readonly SightRow[]): void;
  failed(error: unknown): void;
}
