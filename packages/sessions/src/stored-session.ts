import { entryIn } from "./branch/entry-line.ts";
import { type BackwardTranscript, neededPart, readBranch } from "./branch/read-branch.ts";
import { conversationParts, lastUserMessage, unansweredCalls } from "./context/conversation.ts";
import { resultLimitEntry } from "./context/result-limit.ts";
import type { ConversationPart } from "./context/visible-message.ts";
import type { Repair } from "./driver.ts";
import type { NewEntry, SessionEntry } from "./entries.ts";
import { SessionEntryError } from "./errors.ts";
import { RUN_END, RUN_START, type SessionInfo } from "./info.ts";
import type { Message, ToolCall } from "./messages.ts";
import { labelEntry, titleEntry } from "./naming.ts";
import { checkNames } from "./option-names.ts";
import type { Compaction, MoveOptions, Session, UsedModel } from "./session.ts";
import { createSessionWriter, newEntriesIn, type SessionWriter, type WriterParts } from "./session-writer.ts";

/** The type of the `custom` entry that begins a branch without a summary. Other programs skip it. */
const BRANCH = "cloison.branch";

/** What a branch goes on from. */
interface Base {
  readonly parentId: string | null;
  readonly branch: readonly SessionEntry[];
}

/** A session on a log that nobody else uses. */
export class StoredSession implements Session {
  readonly id: string;
  readonly isNew: boolean;
  readonly repairs: readonly Repair[];
  readonly #transcript: BackwardTranscript;
  readonly #writer: SessionWriter;
  #branch: SessionEntry[];
  #parts: readonly ConversationPart[] | undefined;
  #messages: readonly Message[] | undefined;
  #stored: Promise<void> = Promise.resolve();

  /** @param branch as `readBranch` gives it */
  constructor(parts: WriterParts, branch: readonly SessionEntry[]) {
    const { id, log } = parts;
    this.id = id;
    this.isNew = log.info === undefined;
    this.repairs = log.repairs;
    this.#transcript = { id, readBackward: () => log.readBackward() };
    this.#writer = createSessionWriter(parts);
    this.#branch = [...branch];
  }

  get info(): SessionInfo {
    return this.#writer.info;
  }

  get messages(): readonly Message[] {
    this.#messages ??= this.parts().map(({ message }) => message);
    return this.#messages;
  }

  async append(entries: NewEntry | readonly NewEntry[]): Promise<readonly SessionEntry[]> {
    return this.#add(newEntriesIn(entries));
  }

  async appendMessages(messages: readonly Message[], used?: UsedModel): Promise<void> {
    const added: NewEntry[] = messages.map((message) => ({ type: "message", message }));
    const { provider, model } = this.info;
    if (used !== undefined && (used.provider !== provider || used.modelId !== model))
      added.unshift({ type: "model_change", ...used });
    await this.#add(added);
  }

  branch(): readonly SessionEntry[] {
    return this.#branch;
  }

  parts(): readonly ConversationPart[] {
    this.#parts ??= conversationParts(this.#branch);
    return this.#parts;
  }

  lastRequest(): Message | undefined {
    return lastUserMessage(this.#branch);
  }

  unansweredCalls(): readonly ToolCall[] {
    return unansweredCalls(this.#branch);
  }

  async compact(compaction: Compaction): Promise<void> {
    checkNames("compact", compaction, ["summary", "maxResultChars", "cutBeforeId"]);
    const { summary, maxResultChars, cutBeforeId } = compaction;
    const added: NewEntry[] = [];
    if (maxResultChars !== undefined)
      added.push(resultLimitEntry({ maxChars: maxResultChars, beforeId: cutBeforeId }));
    if (summary !== undefined) added.push({ type: "compaction", ...summary });
    const stored = this.#add(added);
    this.#branch = [...neededPart(this.#branch)];
    await stored;
  }

  async moveTo(entryId: string | null, options: MoveOptions = {}): Promise<void> {
    checkNames("moveTo", options, ["summary"]);
    const { summary } = options;
    // Only what is stored can be read.
    await this.#stored;
    const branch = entryId === null ? [] : await readBranch(this.#transcript, entryId);
    const fromId = this.info.leafId ?? "root";
    const entry: NewEntry =
      summary === undefined
        ? { type: "custom", customType: BRANCH, data: { fromId } }
        : { type: "branch_summary", fromId, summary };
    await this.#add([entry], { parentId: entryId, branch });
  }

  async rename(title: string | undefined): Promise<void> {
    await this.#add([titleEntry(title)]);
  }

  async label(entryId: string, label: string | undefined): Promise<void> {
    const entry = labelEntry(entryId, label);
    await this.#stored;
    if (!this.#branch.some(({ id }) => id === entryId)) await requireEntry(this.#transcript, entryId);
    await this.#add([entry]);
  }

  async beginRun(runId: string): Promise<void> {
    await this.#add([{ type: "custom", customType: RUN_START, data: { runId } }]);
  }

  async endRun(runId: string, status: string): Promise<void> {
    await this.#add([{ type: "custom", customType: RUN_END, data: { runId, status } }]);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What is added is there at once, before the first wait. */
  async #add(added: readonly NewEntry[], base?: Base): Promise<readonly SessionEntry[]> {
    const { entries, stored } = this.#writer.add(added, base?.parentId);
    this.#stored = stored;
    if (base !== undefined) this.#branch = [...base.branch];
    // A call with each as an argument of its own would fail for very many.
    for (const entry of entries) this.#branch.push(entry);
    this.#parts = undefined;
    this.#messages = undefined;
    await stored;
    return entries;
  }
}

async function requireEntry(transcript: BackwardTranscript, entryId: string): Promise<void> {
  for await (const line of transcript.readBackward())
    if (entryIn(line, transcript.id)?.id === entryId) return;
  throw new SessionEntryError(
    `session "${transcript.id}" has no entry "${entryId}"; read() tells its entries`,
  );
}
