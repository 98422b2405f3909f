import { describe, expect, it } from "vitest";
import {
  type Candidate,
  ContextOverflowError,
  createFallback,
  type FallbackRunOptions,
  type Overflow,
  type OverflowAnswer,
} from "../src/index.ts";
import { createFakeClock, START } from "./support/fake-clock.ts";
import { type Step, scriptedTask } from "./support/scripted-task.ts";

const candidates: readonly Candidate[] = [
  { provider: "a", model: "small", contextWindow: 100 },
  { provider: "a", model: "smaller", contextWindow: 50 },
  { provider: "b", model: "larger", contextWindow: 200 },
  { provider: "b", model: "unknown" },
];

async function ask(steps: readonly Step[], options: FallbackRunOptions = {}) {
  const clock = createFakeClock();
  const chain = createFallback({ candidates, clock, maxAttempts: 8 });
  const task = scriptedTask(...steps);
  const ended: unknown = await clock.runUntil(chain.run(task, options).catch((error: unknown) => error));
  return { asked: task.asked, ended, tookMs: clock.now() - START };
}

/** Answers in turn, and notes what it was asked. */
function answers(...given: readonly OverflowAnswer[]) {
  const asked: Overflow[] = [];
  const onContextOverflow = async (overflow: Overflow) => {
    asked.push(overflow);
    return given[asked.length - 1] ?? "stop";
  };
  return { asked, onContextOverflow };
}

describe("a request that is too long", () => {
  it("goes to larger models only, or to those whose window is not known", async () => {
    const { asked, ended, tookMs } = await ask(["context_overflow", "context_overflow"]);
    expect(asked).toEqual(["small", "larger", "unknown"]);
    expect(ended).toMatchObject({ value: "answer of unknown" });
    expect(tookMs).toBe(0);
  });

  it("goes to models that are large enough, where its tokens are told", async () => {
    const { asked } = await ask(["context_overflow"], { requestTokens: 200 });
    expect(asked).toEqual(["small", "unknown"]);
  });

  it("is an error of its own when no model is left", async () => {
    const { asked, ended } = await ask(Array<Step>(4).fill("context_overflow"));
    expect(asked).toEqual(["small", "larger", "unknown"]);
    expect(ended).toBeInstanceOf(ContextOverflowError);
    expect(ended).toMatchObject({ attempts: [{}, {}, {}], classification: { reason: "context_overflow" } });
  });

  it("is asked again of the same model when the caller has made it shorter", async () => {
    const { asked: overflows, onContextOverflow } = answers("retry");
    const { asked, ended } = await ask(["context_overflow"], { onContextOverflow, requestTokens: 500 });
    expect(asked).toEqual(["small", "small"]);
    expect(ended).toMatchObject({ value: "answer of small" });
    expect(overflows).toMatchObject([{ candidate: candidates[0], count: 1, error: { name: "Error" } }]);
  });

  it("is asked for three times to be shorter, and goes to a larger model then", async () => {
    const { asked: overflows, onContextOverflow } = answers("retry", "retry", "retry", "retry");
    const { asked } = await ask(Array<Step>(4).fill("context_overflow"), { onContextOverflow });
    expect(asked).toEqual(["small", "small", "small", "small", "larger"]);
    expect(overflows.map(({ count }) => count)).toEqual([1, 2, 3]);
  });

  it("goes by the window, and not by the tokens it had, once it was made shorter", async () => {
    const { onContextOverflow } = answers("retry", "larger");
    const { asked } = await ask(["context_overflow", "context_overflow"], {
      onContextOverflow,
      requestTokens: 500,
    });
    expect(asked).toEqual(["small", "small", "larger"]);
  });

  it("is given up when the caller says so", async () => {
    const { onContextOverflow } = answers("stop");
    const { asked, ended } = await ask(["context_overflow"], { onContextOverflow });
    expect(asked).toEqual(["small"]);
    expect(ended).toBeInstanceOf(ContextOverflowError);
  });

  it("ends with what the caller's function throws, and with an error for what is no answer", async () => {
    const broken = new TypeError("cannot compact");
    const throwing = await ask(["context_overflow"], { onContextOverflow: () => Promise.reject(broken) });
    expect(throwing.ended).toBe(broken);
    const wrong = await ask(["context_overflow"], { onContextOverflow: () => "bigger" as OverflowAnswer });
    expect(wrong.ended).toMatchObject({ code: "FALLBACK_OPTIONS", option: "onContextOverflow" });
  });

  it("cools nothing down", async () => {
    const clock = createFakeClock();
    const chain = createFallback({ candidates: ["a/m"], clock });
    const task = scriptedTask("context_overflow");
    await expect(chain.run(task)).rejects.toThrow(ContextOverflowError);
    expect((await chain.run(task)).value).toBe("answer of m");
  });
});
