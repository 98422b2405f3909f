import type { StoredLine } from "../driver.ts";
import type { SessionEntry } from "../entries.ts";
import { SessionEntryError } from "../errors.ts";
import { entryIn } from "./entry-line.ts";
import { pathTo, placesIn } from "./path.ts";

/** A transcript that can be read from its end. */
export interface BackwardTranscript {
  readonly id: string;
  readBackward(): AsyncIterable<StoredLine>;
}

/**
 * The end of a branch, first entry first: as far back as a model has to know it, which is to the first entry
 * that the latest compaction keeps, and to a message of the user. What comes before is not read, unless the
 * parent of an entry is missing.
 *
 * @param leafId where the branch ends; default: in the last entry
 * @throws SessionEntryError when there is no such entry; TranscriptCorruptError
 */
export async function readBranch(transcript: BackwardTranscript, leafId?: string): Promise<SessionEntry[]> {
  const found = await followParents(transcript, leafId);
  if (found.isWhole) return found.branch.reverse();
  const places = await placesIn(transcript.readBackward(), transcript.id);
  const path = pathTo(places.reverse(), leafId);
  if (path === undefined)
    throw new SessionEntryError(
      `session "${transcript.id}" has no entry "${leafId}"; read() tells its entries`,
    );
  return (await collect(transcript, path)).reverse();
}

/** Of a branch, first to last, what {@link readBranch} would read. */
export function neededPart(branch: readonly SessionEntry[]): readonly SessionEntry[] {
  const isEnough = needs();
  const first = branch.findLastIndex(isEnough);
  return first <= 0 ? branch : branch.slice(first);
}

interface Followed {
  /** Last to first. */
  readonly branch: SessionEntry[];
  /** False: the parent of an entry is not there. */
  readonly isWhole: boolean;
}

async function followParents(transcript: BackwardTranscript, leafId: string | undefined): Promise<Followed> {
  const branch: SessionEntry[] = [];
  const isEnough = needs();
  let wanted = leafId;
  for await (const line of transcript.readBackward()) {
    const entry = entryIn(line, transcript.id);
    if (entry === undefined || (wanted !== undefined && entry.id !== wanted)) continue;
    branch.push(entry);
    if (entry.parentId === null || isEnough(entry)) return { branch, isWhole: true };
    wanted = entry.parentId;
  }
  return { branch, isWhole: wanted === undefined };
}

async function collect(transcript: BackwardTranscript, path: ReadonlySet<number>): Promise<SessionEntry[]> {
  const branch: SessionEntry[] = [];
  const isEnough = needs();
  for await (const line of transcript.readBackward()) {
    if (!path.has(line.offset)) continue;
    const entry = entryIn(line, transcript.id);
    if (entry === undefined) continue;
    branch.push(entry);
    if (isEnough(entry)) break;
  }
  return branch;
}

/** Is told a branch from its end; answers whether that was enough of it. */
function needs(): (entry: SessionEntry) => boolean {
  let firstKept: string | undefined;
  let hasKept = false;
  let hasUser = false;
  return (entry) => {
    if (entry.type === "compaction") firstKept ??= entry.firstKeptEntryId;
    if (entry.id === firstKept) hasKept = true;
    if (entry.type === "message" && entry.message.role === "user") hasUser = true;
    return hasKept && hasUser;
  };
}
