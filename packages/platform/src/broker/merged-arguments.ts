import { type ArgumentDelta, argumentDelta } from "./argument-delta.ts";
import { MAX_LINE_BYTES } from "./bounded-body.ts";
import { excessOfEvent } from "./long-event.ts";
import type { Cutter } from "./paced-body.ts";

/** Longer events go by as they come, and are looked at before their end does. No provider's piece of arguments is near it. */
const MOST_EVENT_CHARS = 8192;

/** Shorter events that come together go on together: a chunk may hold ten thousand of nothing. */
const GROUP_CHARS = 512;

/** A piece goes on once it is that part of what went on before: some 40 pieces for 100,000 characters. */
const SHARE = 1 / 4;

/** Where an event of a stream ends (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
const EVENT_END = /\r\n\r\n|\n\n|\r\r/g;
/** An event that could be merged, and nothing beside it. */
const EVENT = /^((?:event: ?[^\r\n]*(?:\r\n|\r|\n))?data: ?)([^\r\n]*)((?:\r\n|\r|\n){2})$/;
/** Looked for before anything is parsed. */
const MARK = /input_json_delta|"tool_calls"|function_call_arguments\.delta/;

/**
 * Puts the pieces of a tool call's arguments together while an answer streams. pi-ai's clients parse what they have of
 * the arguments at every piece (of a few characters), which takes the square of their length: ten seconds of the
 * host's only thread for 100 kB. In pieces that grow with what came before it is linear. Everything else goes on
 * untouched, byte for byte, and no later than it came; nothing of this package looks at arguments before they are
 * whole. Whatever the server says that it sends: clients do not look at that either.
 *
 * @param refuse told what in an event is more than a client can be made to parse; it goes no further then
 */
export function argumentMerger(refuse: (why: string) => void): Cutter {
  const merger = createMerger(refuse);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const encoder = new TextEncoder();
  const encoded = (texts: readonly string[]) => grouped(texts).map((text) => encoder.encode(text));
  return {
    add: (chunk) => encoded(merger.add(decoder.decode(chunk, { stream: true }))),
    end: () => encoded([...merger.add(decoder.decode()), ...merger.end()]),
  };
}

function grouped(texts: readonly string[]): string[] {
  const groups: string[] = [];
  let group = "";
  for (const text of texts) {
    if (group !== "" && group.length + text.length > GROUP_CHARS) {
      groups.push(group);
      group = "";
    }
    group += text;
  }
  return group === "" ? groups : [...groups, group];
}

/** What is held: pieces of one call, and the event that brought the last of them. */
interface Held {
  readonly text: string;
  readonly delta: ArgumentDelta;
  /** What stands around the event's JSON. */
  readonly around: readonly [before: string, after: string];
}

interface Merger {
  /** @returns what is to go on now, event by event */
  add(text: string): string[];
  /** @returns the rest */
  end(): string[];
}

function createMerger(refuse: (why: string) => void): Merger {
  let rest = "";
  let passing = false; // in the middle of an event that is too long to be held
  let long: string[] = []; // what there is of it
  let longChars = 0;
  let held: Held | undefined;
  let passed = { call: "", length: 0 }; // how much of which call has gone on

  const release = (): string[] => {
    if (held === undefined) return [];
    const { delta, around, text } = held;
    passed = { call: delta.call, length: passedOf(delta.call) + text.length };
    held = undefined;
    return [around[0] + JSON.stringify(delta.with(text)) + around[1]];
  };

  const passedOf = (call: string): number => (passed.call === call ? passed.length : 0);

  const take = (event: string): string[] => {
    const [, before = "", json = "", after = ""] = (MARK.test(event) && EVENT.exec(event)) || [];
    const delta = json === "" ? undefined : argumentDelta(parsed(json));
    if (delta === undefined) return [...release(), event];
    const out = held?.delta.call === delta.call ? [] : release();
    held = { text: (held?.text ?? "") + delta.text, delta, around: [before, after] };
    return held.text.length < passedOf(delta.call) * SHARE ? out : [...out, ...release()];
  };

  /** The end of a long event is what makes clients read it. */
  const endLong = (end: string): string[] => {
    const excess = excessOfEvent(long.join("") + end);
    long = [];
    longChars = 0;
    if (excess === undefined) return [end];
    refuse(excess);
    return [];
  };

  return {
    add: (text) => {
      rest += text;
      const out: string[] = [];
      let start = 0;
      for (const end of rest.matchAll(EVENT_END)) {
        const event = rest.slice(start, end.index + end[0].length);
        out.push(...(passing ? endLong(event) : take(event)));
        passing = false;
        start = end.index + end[0].length;
      }
      rest = rest.slice(start);
      if (!passing && rest.length <= MOST_EVENT_CHARS) return out;
      passing = true;
      const whole = Math.max(rest.length - 3, 0); // what ends an event may come in two pieces
      long.push(rest.slice(0, whole));
      longChars += whole;
      if (longChars > MAX_LINE_BYTES) refuse(`an event of more than ${MAX_LINE_BYTES} bytes`);
      out.push(...release(), rest.slice(0, whole));
      rest = rest.slice(whole);
      return out;
    },
    end: () => [...release(), ...(passing ? endLong(rest) : [rest])],
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
