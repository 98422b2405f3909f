import fc from "fast-check";
import { compactSession } from "../../src/compaction/compact.ts";
import { pruneToolResults } from "../../src/context/prune.ts";
import type { DriverOpenOptions, SessionDriver, StoredLine } from "../../src/driver.ts";
import { memoryDriver } from "../../src/memory/memory-driver.ts";
import type { AssistantMessage, Message, StopReason, ToolCall } from "../../src/messages.ts";
import type { Session } from "../../src/session.ts";
import { createSessionStore, type SessionStore } from "../../src/store.ts";
import { assistant, call, result, user } from "./talk.ts";

/** Something that happens in a session. Numbers choose among what there is. */
export type Event =
  | { readonly type: "user"; readonly text: string }
  | { readonly type: "answer"; readonly text: string; readonly ids: number[]; readonly stop: StopReason }
  | {
      readonly type: "result" | "move" | "move_with_summary" | "fork" | "compact_at" | "lose_line";
      readonly at: number;
    }
  | { readonly type: "compact" | "prune" | "reopen" | "hint" | "run" };

const at = fc.nat(30);
const words = fc.constantFrom("yes", "no", "x".repeat(300), "", " \n", "ä🙂");
const stops = fc.constantFrom<StopReason[]>("stop", "toolUse", "aborted", "error", "length", "pending");

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("user" as const), text: words }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      text: words,
      // Few ids, as models have that count their calls anew in each answer.
      ids: fc.array(fc.nat(4), { maxLength: 3 }),
      stop: stops,
    }),
  },
  { weight: 10, arbitrary: fc.record({ type: fc.constant("result" as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom(
        "move" as const,
        "move_with_summary" as const,
        "fork" as const,
        "compact_at" as const,
        "lose_line" as const,
      ),
      at,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom(
        "compact" as const,
        "prune" as const,
        "reopen" as const,
        "hint" as const,
        "run" as const,
      ),
    }),
  },
);

export const events = fc.array(event, { minLength: 1, maxLength: 30 });

/** What came of some events: the session's conversation, and the messages of the branch as they were stored. */
export interface Outcome {
  readonly messages: readonly Message[];
  readonly stored: readonly Message[];
  /** What the model was to see before. */
  readonly before: readonly Message[];
  /** What it is to see once the session was closed and opened again. */
  readonly again: readonly Message[];
}

/** Lets events happen in a session, and asks at last what the model is to see when the user says one thing more. */
export async function outcomeOf(happened: readonly Event[]): Promise<Outcome> {
  const lost = new Set<string>();
  const store = createSessionStore({ store: forgetful(memoryDriver(), lost) });
  let session = await store.open("s");
  for (const each of happened) session = await happen(each, { session, store, lost });
  const before = session.messages;
  await session.appendMessages([user("go on")]);
  const { messages } = session;
  const stored = session.branch().flatMap((entry) => (entry.type === "message" ? entry.message : []));
  session = await reopened(store, session, session.id);
  const again = session.messages;
  await session.close();
  await store.close();
  return { messages, stored, before, again };
}

interface Scene {
  readonly session: Session;
  readonly store: SessionStore;
  readonly lost: Set<string>;
}

async function happen(happens: Event, { session, store, lost }: Scene): Promise<Session> {
  const entries = session.branch();
  const chosen = "at" in happens ? entries[happens.at % entries.length] : undefined;
  switch (happens.type) {
    case "user":
      await session.appendMessages([user(happens.text)]);
      return session;
    case "answer":
      await session.appendMessages([answer(happens)]);
      return session;
    case "result":
      await session.appendMessages([result(`c${happens.at % 5}`, "r".repeat(happens.at * 40))]);
      return session;
    case "hint":
      await session.append({ type: "custom_message", customType: "x", content: "hint", display: true });
      return session;
    case "run":
      await session.beginRun("r");
      return session;
    case "compact":
      await compactSession({ session, windowTokens: 100, summarise: async () => "short" });
      return session;
    case "prune":
      await pruneToolResults({ session, budgetTokens: 300 });
      return session;
    case "reopen":
      return reopened(store, session, session.id);
    default:
      return chosen === undefined ? session : happenAt(happens.type, chosen.id, { session, store, lost });
  }
}

async function happenAt(
  type: Event["type"],
  entryId: string,
  { session, store, lost }: Scene,
): Promise<Session> {
  switch (type) {
    case "move":
      await session.moveTo(entryId);
      return session;
    case "move_with_summary":
      await session.moveTo(entryId, { summary: "left" });
      return session;
    case "compact_at":
      await session.compact({ summary: { summary: "all", firstKeptEntryId: entryId, tokensBefore: 1 } });
      return session;
    case "lose_line":
      lost.add(entryId);
      return reopened(store, session, session.id);
    default: {
      // A fork at the chosen entry, in which the talk goes on.
      const { id } = await store.fork(session.id, { at: entryId });
      return reopened(store, session, id);
    }
  }
}

async function reopened(store: SessionStore, session: Session, id: string): Promise<Session> {
  await session.close();
  return store.open(id);
}

function answer({ text, ids, stop }: Extract<Event, { type: "answer" }>): AssistantMessage {
  const calls = ids.map((id): ToolCall => call(`c${id}`));
  const message = assistant(text, ...calls);
  const thinking = { type: "thinking" as const, thinking: "hm" };
  return { ...message, content: [thinking, ...message.content], stopReason: stop };
}

/** A driver that passes over lines of lost entries, as one does over lines that are corrupt. */
function forgetful(driver: SessionDriver, lost: ReadonlySet<string>): SessionDriver {
  const isThere = ({ text }: StoredLine) => !lost.has(JSON.parse(text).id);
  return {
    ...driver,
    read: (id) => filtered(driver.read(id), isThere),
    open: async (id: string, options: DriverOpenOptions) => {
      const log = await driver.open(id, options);
      return {
        info: log.info,
        repairs: log.repairs,
        readBackward: () => filtered(log.readBackward(), isThere),
        append: (lines, info) => log.append(lines, info),
        close: () => log.close(),
      };
    },
  };
}

async function* filtered(lines: AsyncIterable<StoredLine>, isThere: (line: StoredLine) => boolean) {
  for await (const line of lines) if (isThere(line)) yield line;
}
