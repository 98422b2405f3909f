import { describe, expect, test } from "vitest";
import { openEndpoint } from "../src/broker/endpoint.ts";

const own = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };

async function priceOf(
  provider: string,
  model: string,
  given: { baseUrl?: string; price?: typeof own } = {},
) {
  const { baseUrl, price } = given;
  return openEndpoint({ provider, model, baseUrl }, { price });
}

describe("the price of a model", () => {
  test("is the catalogue's, also at another address", async () => {
    const { price, model } = await priceOf("anthropic", "claude-sonnet-5");
    expect(price?.input).toBeGreaterThan(0);
    expect(price).toEqual(model.cost);
    const elsewhere = await priceOf("anthropic", "claude-sonnet-5", { baseUrl: "http://localhost:1" });
    expect(elsewhere.price).toEqual(price);
  });

  test.each([
    ["is in no catalogue", "local", "some-model", { baseUrl: "http://localhost:1" }],
    ["costs what it chooses, for which the catalogue has 0", "openrouter", "auto", {}],
  ])("is unknown for one that %s", async (_, provider, model, given) => {
    expect((await priceOf(provider, model, given)).price).toBeUndefined();
  });

  test("is the application's where it gives one, also for what pi-ai reckons by it", async () => {
    for (const [provider, model] of [
      ["anthropic", "claude-sonnet-5"],
      ["openrouter", "auto"],
    ] as const) {
      const endpoint = await priceOf(provider, model, { price: own });
      expect([endpoint.price, endpoint.model.cost]).toEqual([own, own]);
    }
    const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    expect((await priceOf("openrouter", "auto", { price: free })).price).toEqual(free);
  });
});
