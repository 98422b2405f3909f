import { describe, expect, test } from "vitest";
import type { RunEvent } from "../src/index.ts";
import { EventFeed } from "../src/run/event-feed.ts";

const text = (text: string): RunEvent => ({ type: "text_delta", text });

function openFeed() {
  let left = 0;
  const feed = new EventFeed(async () => {
    left += 1;
  });
  return { feed, left: () => left };
}

describe("a reader of events", () => {
  test("who asks for several at once gets them in order, then the end", async () => {
    const { feed } = openFeed();
    const asked = [feed.next(), feed.next(), feed.next()];
    feed.add(text("a"));
    feed.add(text("b"));
    feed.end();
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: text("a") },
      { done: false, value: text("b") },
      { done: true, value: undefined },
    ]);
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  test("gets what waits before the error, and the error once", async () => {
    const { feed } = openFeed();
    feed.add(text("a"));
    feed.add(text("b"));
    const error = new Error("failed");
    feed.end({ error });
    feed.add(text("too late"));
    expect(await feed.next()).toEqual({ done: false, value: text("ab") });
    await expect(feed.next()).rejects.toBe(error);
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  test("who waits is told of the error, once", async () => {
    const { feed } = openFeed();
    const asked = [feed.next(), feed.next()];
    const error = new Error("failed");
    feed.end({ error });
    expect(await Promise.allSettled(asked)).toEqual([
      { status: "rejected", reason: error },
      { status: "fulfilled", value: { done: true, value: undefined } },
    ]);
  });

  test("who leaves gets nothing more, neither events nor the error of the end", async () => {
    const { feed, left } = openFeed();
    feed.add(text("a"));
    const asked = [feed.next(), feed.next()];
    expect(await feed.return()).toEqual({ done: true, value: undefined });
    expect(left()).toBe(1);
    feed.add(text("b"));
    feed.end({ error: new Error("failed") });
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: text("a") },
      { done: true, value: undefined },
    ]);
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  test("who leaves after the end gets no error any more", async () => {
    const { feed } = openFeed();
    feed.end({ error: new Error("failed") });
    await feed.return();
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });
});
