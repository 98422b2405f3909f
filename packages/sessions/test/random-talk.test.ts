import { checkConversation, type ProtocolName, startModelServer } from "@cloison/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { events, outcomeOf } from "./support/random-talk.ts";
import { assistant, call, user } from "./support/talk.ts";
import { piClient, wireForm } from "./support/wire.ts";

const protocols: ProtocolName[] = ["openai", "anthropic"];
const RUNS = 5000;

function problemOf(protocol: ProtocolName, messages: Parameters<typeof wireForm>[1]): string | undefined {
  return checkConversation({ protocol, raw: wireForm(protocol, messages) })?.message;
}

describe.each(protocols)("of %s", (protocol) => {
  test("no rule is broken by any conversation with aborts, errors, compactions, branches and forks", async () => {
    await using server = await startModelServer({ script: () => ({ text: "fine" }), keepRequests: 1 });
    const ask = piClient(protocol, server.baseUrls[protocol]);
    let asked = 0;
    let control = 0;
    await fc.assert(
      fc.asyncProperty(events, async (happened) => {
        const { messages, stored, before, again } = await outcomeOf(happened);
        expect(again).toEqual(messages);
        // What a prompt cache holds is of use still.
        expect(messages.slice(0, before.length)).toEqual(before);
        for (const each of protocols) expect(problemOf(each, messages)).toBeUndefined();
        const { stopReason, errorMessage } = await ask(messages);
        expect([stopReason, errorMessage]).toEqual(["stop", undefined]);
        asked += 1;
        if (problemOf(protocol, stored) !== undefined) control += 1;
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(asked).toBe(RUNS);
    // The talks are such that hardly one would do as it was stored.
    expect(control).toBeGreaterThan(RUNS / 2);
    expect(server.errors).toEqual([]);
  });

  test("a conversation that was not put in order is refused, on its way through pi's client too", async () => {
    await using server = await startModelServer({ script: () => ({ text: "fine" }) });
    const orphan = [user("go"), { ...assistant("", call("1")) }, user("and?")];
    expect(problemOf(protocol, orphan)).toMatch(/tool/);
    const result = { role: "toolResult" as const, toolCallId: "9", toolName: "bash", isError: false };
    const unasked = { ...result, content: [{ type: "text" as const, text: "x" }], timestamp: 1 };
    const answer = await piClient(protocol, server.baseUrls[protocol])([user("go"), unasked]);
    expect(answer).toMatchObject({ stopReason: "error", errorMessage: expect.stringMatching(/400/) });
  });
});
