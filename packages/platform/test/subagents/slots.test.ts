import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Slots } from "../../src/subagents/slots.ts";

type Step = "take" | "give" | "abort";

/** Somebody who has asked for a place. */
interface Asker {
  readonly abort: AbortController;
  release: (() => void) | undefined;
  gone: boolean;
}

describe("places", () => {
  test("are given in the order of asking, never more than there are, and not to those that gave up", async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom<Step>("take", "take", "give", "abort"), fc.nat()), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), steps, async (count, script) => {
        const slots = new Slots(count);
        const askers: Asker[] = [];
        for (const [step, choice] of script) {
          const holding = askers.filter(({ release }) => release !== undefined);
          const waiting = askers.filter(({ release, gone }) => release === undefined && !gone);
          const pick = <T>(list: readonly T[]) => list[choice % Math.max(list.length, 1)];
          if (step === "take") {
            const asker: Asker = { abort: new AbortController(), release: undefined, gone: false };
            askers.push(asker);
            slots.take(asker.abort.signal).then(
              (release) => (asker.release = release),
              () => (asker.gone = true),
            );
          }
          if (step === "give") {
            const giver = pick(holding);
            // Twice, of which the second time counts for nothing.
            for (let times = 0; times < 2; times++) giver?.release?.();
            if (giver !== undefined) Object.assign(giver, { release: undefined, gone: true });
          }
          if (step === "abort") pick(waiting)?.abort.abort("enough");
          await turn();
          const held = askers.filter(({ release }) => release !== undefined);
          const left = askers.filter(({ release, gone }) => release === undefined && !gone);
          expect(held.length).toBe(Math.min(count, held.length + left.length));
          // Whoever waits has asked after everybody who holds a place.
          expect(
            held.every((one) => left.every((other) => askers.indexOf(one) < askers.indexOf(other))),
          ).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
