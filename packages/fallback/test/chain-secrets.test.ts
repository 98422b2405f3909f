import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type ChainEvent, createFallback, memoryCooldownStore } from "../src/index.ts";
import { createFakeClock } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";

const KEY = 'sk-live/"quoted"+0123456789';

/** Runs a chain whose only task fails, and returns all that it tells. */
async function fail(error: unknown, key = KEY) {
  const events: ChainEvent[] = [];
  const ids: string[] = [];
  const inner = memoryCooldownStore();
  const chain = createFallback({
    candidates: [{ provider: "a", model: "m", endpoint: `http://user:${key}@127.0.0.1` }],
    keys: { a: key },
    attempts: 1,
    clock: createFakeClock(),
    classify: () => new ProviderError("auth").classification,
    onEvent: (event) => void events.push(event),
    store: {
      get: (id) => inner.get(id),
      update: (id, change) => {
        ids.push(id);
        return inner.update(id, change);
      },
    },
  });
  const thrown: unknown = await chain.run(() => Promise.reject(error)).catch((error: unknown) => error);
  return { thrown, events, ids };
}

const show = (value: unknown) => inspect(value, { depth: 20, maxStringLength: 100_000 });

describe("the key", () => {
  it.each<[string, unknown]>([
    ["the message", new TypeError(`bad key ${KEY}`)],
    ["a text that is thrown", `bad key ${KEY}`],
    ["the cause", new TypeError("failed", { cause: new TypeError(`bad key ${KEY}`) })],
    ["headers", Object.assign(new TypeError("failed"), { headers: { "x-api-key": KEY } })],
    ["a URL", Object.assign(new TypeError("failed"), { url: `http://a/?key=${encodeURIComponent(KEY)}` })],
    ["JSON", Object.assign(new TypeError("failed"), { body: JSON.stringify({ key: KEY }) })],
    ["a long message, at its cut", new TypeError(`${"x".repeat(490)}${KEY}`)],
    ["JSON within JSON", new TypeError(JSON.stringify({ body: JSON.stringify({ key: KEY }) }))],
    ["gathered errors", new AggregateError([new TypeError(KEY)], "failed")],
    ["an object that is thrown", { config: { auth: { token: KEY } } }],
  ])("is in no event and no error, though it is in %s", async (_, error) => {
    const { thrown, events, ids } = await fail(error);
    for (const told of [show(thrown), show(events), show(ids)]) {
      expect(told).not.toContain(KEY);
      expect(told).not.toContain("sk-live");
    }
    expect(events.find(({ type }) => type === "failure")).toMatchObject({ key: "…6789" });
  });

  it("is replaced in what is told, and the rest stays", async () => {
    const error = Object.assign(new TypeError(`bad key ${KEY}!`, { cause: KEY }), {
      status: 401,
      code: "bad",
    });
    const { thrown, events } = await fail(error);
    expect(events.find(({ type }) => type === "failure")).toMatchObject({
      message: "bad key …6789!\n…6789",
      status: 401,
    });
    expect(thrown).toMatchObject({
      cause: { name: "TypeError", message: "bad key …6789!", status: 401, code: "bad", cause: "…6789" },
    });
  });

  it("is looked for only: an error without it is the cause itself", async () => {
    const error = new TypeError("failed");
    expect((await fail(error)).thrown).toHaveProperty("cause", error);
  });

  it("stays where it is too short to be one: it may be a word of the error", async () => {
    const error = new TypeError("in too many pieces");
    const { thrown, events } = await fail(error, "any");
    expect(thrown).toHaveProperty("cause", error);
    expect(events.find(({ type }) => type === "failure")).toMatchObject({ message: "in too many pieces" });
  });

  it("leaves messages at 500 characters", async () => {
    const { events } = await fail(new TypeError("x".repeat(10_000)));
    const failure = events.find((event) => event.type === "failure");
    expect(failure?.message).toHaveLength(500);
  });
});
