import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  ChainDeadlineError,
  ChainStoppedError,
  createFallback,
  type FallbackOptions,
  memoryCooldownStore,
} from "../src/index.ts";
import { createFakeClock, idle } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";

const KEY = "sk-live-0123456789";

function createChain(options: Partial<FallbackOptions> = {}) {
  return createFallback({ candidates: ["a/m"], keys: { a: KEY }, clock: createFakeClock(), ...options });
}

/** Never answers, whatever its signal says. */
const deaf = () => new Promise<never>(() => undefined);

const enough = new TypeError("enough");

class Unprintable extends TypeError {
  [inspect.custom](): string {
    throw new TypeError("not to be looked at");
  }
}

class Unreadable extends TypeError {
  override get cause(): unknown {
    throw new TypeError("not to be read");
  }
}

describe("an error that does not let itself be looked at", () => {
  const errors: [string, () => unknown][] = [
    ["an inspection of its own that throws", () => new Unprintable(`no ${KEY}`)],
    ["a getter that throws", () => new Unreadable(`no ${KEY}`)],
  ];

  it.each(errors)("ends the run as any other does: %s", async (_, make) => {
    const classify = () => new ProviderError("format").classification;
    const run = createChain({ classify }).run(() => Promise.reject(make()));
    const error: unknown = await run.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ChainStoppedError);
    expect(inspect(error, { depth: 9 })).not.toContain(KEY);
  });

  it.each(errors)("does not keep the deadline from ending the run: %s", async (_, make) => {
    const clock = createFakeClock();
    const classify = () => new ProviderError("timeout").classification;
    const chain = createChain({ clock, classify, deadlineMs: 60_000 });
    let calls = 0;
    const run = chain.run(() => {
      calls += 1;
      return calls === 1 ? Promise.reject(make()) : deaf();
    });
    await expect(clock.runUntil(run)).rejects.toBeInstanceOf(ChainDeadlineError);
    expect(calls).toBe(2);
  });

  it("ends the run too when it comes from the caller's own function", async () => {
    const thrown = Object.defineProperty(new TypeError("mine"), "code", {
      get: () => {
        throw new TypeError("not to be read");
      },
    });
    const onContextOverflow = () => Promise.reject(thrown);
    const run = createChain().run(() => Promise.reject(new ProviderError("context_overflow")), {
      onContextOverflow,
    });
    await expect(run).rejects.toBe(thrown);
  });
});

describe("a long run of backslashes in an error", () => {
  // Tried from each of them, it takes minutes.
  it.each([`-${KEY}`, `\\${KEY}`])("is read in a moment: key %s", async (key) => {
    const error = Object.assign(new ProviderError("format"), { body: "\\".repeat(80_000) });
    const run = createChain({ keys: { a: key } }).run(() => Promise.reject(error));
    await expect(run).rejects.toBeInstanceOf(ChainStoppedError);
  });
});

describe("a run", () => {
  it("does not see what the caller does to its options afterwards", async () => {
    const abort = new AbortController();
    const options: { signal?: AbortSignal } = { signal: abort.signal };
    const run = createChain().run(deaf, options);
    delete options.signal;
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
  });

  it("leaves no timer of an attempt that goes on after its end", async () => {
    const clock = createFakeClock();
    const abort = new AbortController();
    const run = createChain({ clock, attemptTimeoutMs: 600_000 }).run(deaf, { signal: abort.signal });
    await idle();
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
    expect(clock.waiting).toBe(0);
  });
});

describe("an error of scope request", () => {
  it.each(["timeout", "rate_limit", "auth"] as const)("cools nothing down: %s", async (reason) => {
    const store = memoryCooldownStore();
    const touched: string[] = [];
    const spied: typeof store = {
      get: (id) => store.get(id),
      update: (id, change) => {
        touched.push(id);
        return store.update(id, change);
      },
    };
    const chain = createChain({ attempts: 1, store: spied, candidates: ["a/m", "b/m"], keys: undefined });
    const asked: string[] = [];
    const { value } = await chain.run(async ({ provider }) => {
      asked.push(provider);
      if (provider === "a") throw new ProviderError(reason, { scope: "request" });
      return "yes";
    });
    expect([value, asked, touched]).toEqual(["yes", ["a", "b"], []]);
  });
});

describe("a name with half of a surrogate pair", () => {
  it.each(["a\ud800/m", "a/m\udc00"])("is an error of the options", (name) => {
    expect(() => createChain({ candidates: [name] })).toThrow(
      expect.objectContaining({ code: "FALLBACK_OPTIONS", option: "candidates" }),
    );
  });
});
