import { checkConversation, type ProtocolName, startModelServer } from "@cloison/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Event, events, outcomeOf } from "./random-talk.ts";
import { assistant, call, user } from "./talk.ts";
import { piClient, wireForm } from "./wire.ts";

const protocols: ProtocolName[] = ["openai", "anthropic"];
const RUNS = 5000;

function problemOf(protocol: ProtocolName, messages: Parameters<typeof wireForm>[1]): string | undefined {
  return checkConversation({ protocol, raw: wireForm(protocol, messages) })?.message;
}

/** Tests that no conversation of a session is one that a provider would refuse; half of the ten thousand. */
export function judgeByRulesOf(protocol: ProtocolName): void {
  test(
    `no conversation breaks a rule of ${protocol}'s, with aborts, errors, compactions, branches and forks`,
    {
      timeout: 300_000,
    },
    () => judgeMany(protocol),
  );

  test("a conversation that was not put in order is refused, on its way through pi's client too", async () => {
    await using server = await startModelServer({ script: () => ({ text: "fine" }) });
    const orphan = [user("go"), { ...assistant("", call("1")) }, user("and?")];
    expect(problemOf(protocol, orphan)).toMatch(/tool/);
    const result = { role: "toolResult" as const, toolCallId: "9", toolName: "bash", isError: false };
    const unasked = { ...result, content: [{ type: "text" as const, text: "x" }], timestamp: 1 };
    const answer = await piClient(protocol, server.baseUrls[protocol])([user("go"), unasked]);
    expect(answer).toMatchObject({ stopReason: "error", errorMessage: expect.stringMatching(/400/) });
  });
}

async function judgeMany(protocol: ProtocolName): Promise<void> {
  await using server = await startModelServer({ script: () => ({ text: "fine" }), keepRequests: 1 });
  const ask = piClient(protocol, server.baseUrls[protocol]);
  let asked = 0;
  let control = 0;
  const judge = async (happened: readonly Event[]) => {
    const { messages, stored, before, again } = await outcomeOf(happened);
    expect(again).toEqual(messages);
    // What a prompt cache holds is of use still.
    expect(messages.slice(0, before.length)).toEqual(before);
    for (const each of protocols) expect(problemOf(each, messages)).toBeUndefined();
    const { stopReason, errorMessage } = await ask(messages);
    expect([stopReason, errorMessage]).toEqual(["stop", undefined]);
    asked += 1;
    if (problemOf(protocol, stored) !== undefined) control += 1;
  };
  await fc.assert(fc.asyncProperty(events, judge), { numRuns: RUNS, endOnFailure: true });
  expect(asked).toBe(RUNS);
  // The talks are such that hardly one would do as it was stored.
  expect(control).toBeGreaterThan(RUNS / 2);
  expect(server.errors).toEqual([]);
}
