import type { ModelRequest } from "@cloison/testing";
import { describe, expect, test } from "vitest";
import { parseRunOptions, type RunOptions } from "../src/run/run-options.ts";
import { bash, setting } from "./setting.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const GIF = Buffer.from("GIF89a\x01\x00\x01\x00\x80\x00\x00", "latin1");
const JPEG = Buffer.from("ffd8ffe000104a464946", "hex");
const WEBP = Buffer.from("RIFF\x1a\x00\x00\x00WEBPVP8L", "latin1");

/** In OpenAI's catalogue, as one that takes text only. */
const BLIND = "o3-mini";

/** The images of a request, in base64, by message. */
function imagesOf({ protocol, raw }: ModelRequest): string[] {
  const text = JSON.stringify(raw);
  const found =
    protocol === "openai"
      ? text.matchAll(/"url":"data:(image\/\w+);base64,([^"]+)"/g)
      : text.matchAll(/"media_type":"(image\/\w+)","data":"([^"]+)"/g);
  return [...found].map(([, mimeType, data]) => `${mimeType} ${data}`);
}

const shown = (mimeType: string, bytes: Buffer) => `${mimeType} ${bytes.toString("base64")}`;

describe.each(["openai", "anthropic"] as const)("images over the %s protocol", (protocol) => {
  test("reach the model with the message, in every turn and in the next run", async () => {
    const { ws, server } = await setting([bash("true"), { text: "a dot" }, { text: "red" }], { protocol });
    const images = [{ data: PNG }, { data: GIF.toString("base64"), mimeType: "image/gif" }];
    await ws.run({ message: "what is it?", images, sessionId: "s" });
    await ws.run({ message: "what colour?", sessionId: "s" });
    const both = [shown("image/png", PNG), shown("image/gif", GIF)];
    expect(server.requests.map(imagesOf)).toEqual([both, both, both]);
    expect(server.requests[0]?.messages[0]?.text).toBe("what is it?");
  });
});

describe("images that are said to a run that goes on", () => {
  test.each(["openai", "anthropic"] as const)(
    "reach the model, too, after the results of tools (%s)",
    async (protocol) => {
      const { ws, server } = await setting([bash("true"), { text: "a dot" }], { protocol });
      const stream = ws.stream({ message: "wait for it", sessionId: "s" });
      const said = stream.steer({ message: "this", images: [{ data: WEBP }] });
      expect(await stream.result).toMatchObject({ response: "a dot" });
      await said;
      expect(server.requests.map(imagesOf)).toEqual([[], [shown("image/webp", WEBP)]]);
      await expect(ws.steer("s", { message: "x", images: [{ data: "no" }] })).rejects.toMatchObject({
        code: "INVALID_OPTION",
      });
    },
  );
});

describe("a model that takes no images", () => {
  const images = [{ data: PNG }];

  test.each(["steer", "followUp"] as const)(
    "is not told of those that are said to its run by %s",
    async (how) => {
      const { ws, server, transcript } = await setting([bash("true"), { text: "yes" }, { text: "more" }], {
        model: BLIND,
      });
      const stream = ws.stream({ message: "go", sessionId: "s" });
      const refused = expect(stream[how]({ message: "look", images })).rejects.toMatchObject({
        code: "IMAGES_NOT_SUPPORTED",
      });
      expect(await stream.result).toMatchObject({ response: "yes" });
      await refused;
      expect(transcript("s")).not.toContain("look");
      expect(await ws.run({ message: "go on", sessionId: "s" })).toMatchObject({ response: "more" });
      expect(server.requests).toHaveLength(3);
    },
  );

  test("is not asked; with no other the run fails with a typed error and leaves no session", async () => {
    const { ws, server } = await setting([{ text: "yes" }], { model: BLIND });
    const run = ws.run({ message: "what is it?", images, sessionId: "s" });
    await expect(run).rejects.toMatchObject({
      code: "IMAGES_NOT_SUPPORTED",
      models: [`openai/${BLIND}`],
      message: expect.stringContaining("choose a model that does"),
    });
    expect(server.requests).toHaveLength(0);
    expect(await ws.run({ message: "words alone", sessionId: "s" })).toMatchObject({ response: "yes" });
    expect(server.requests[0]?.messages).toHaveLength(1);
  });

  test("is passed over, as the run's own model and as a fallback", async () => {
    const { ws, server } = await setting(
      ({ model }) => (model === "other" ? { text: "seen" } : { fault: { status: 400 } }),
      { fallbacks: [`openai/${BLIND}`, "openai/other"] },
    );
    expect(await ws.run({ message: "what?", images })).toMatchObject({ response: "seen", model: "other" });
    expect(await ws.run({ message: "what?", images, model: BLIND })).toMatchObject({ model: "other" });
    expect(server.requests.map(({ model }) => model)).not.toContain(BLIND);
    expect(server.requests.every((request) => imagesOf(request).length === 1)).toBe(true);
  });

  test("may go on with a talk that had images, and is told that they are left out", async () => {
    const { ws, server } = await setting([{ text: "a dot" }, { text: "I said so" }]);
    await ws.run({ message: "what?", images, sessionId: "s" });
    await ws.run({ message: "sure?", sessionId: "s", model: BLIND });
    expect(server.requests[1]?.messages[0]?.text).toContain("image omitted");
  });

  test("leaves a fallback that has no key as the only one: the key is what is missing", async () => {
    const { ws, server } = await setting([], { model: BLIND, fallbacks: ["anthropic/claude-haiku-4-5"] });
    await expect(ws.run({ message: "what?", images })).rejects.toMatchObject({
      code: "MISSING_API_KEY",
      provider: "anthropic",
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("the option images", () => {
  const parse = (images: unknown) => {
    const given: RunOptions = { message: "x", ...Object(images === undefined ? {} : { images }) };
    return parseRunOptions(given).images;
  };

  test.each([
    ["image/png", PNG],
    ["image/gif", GIF],
    ["image/jpeg", JPEG],
    ["image/webp", WEBP],
  ])("takes %s, and knows it by its bytes", (mimeType, bytes) => {
    const image = { type: "image", mimeType, data: bytes.toString("base64") };
    expect(parse([{ data: new Uint8Array(bytes) }, { data: image.data }, { data: bytes, mimeType }])).toEqual(
      [image, image, image],
    );
  });

  test("is none by default", () => {
    expect(parse(undefined)).toEqual([]);
    expect(parse([])).toEqual([]);
  });

  const long = (bytes: number) => Buffer.concat([PNG, Buffer.alloc(bytes - PNG.length)]);
  const mib = 1024 * 1024;

  test.each([
    ["no list", PNG, "images"],
    ["no object", [PNG.toString("base64")], "options"],
    ["no data", [{}], "images[0].data"],
    ["an unknown field", [{ data: PNG, mime: "image/png" }], "mime"],
    ["text", [{ data: PNG }, { data: Buffer.from("hello, this is text") }], "images[1].data"],
    ["SVG", [{ data: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }], "images[0].data"],
    ["a RIFF that is no WebP", [{ data: Buffer.from("RIFF\x1a\x00\x00\x00WAVEfmt ") }], "images[0].data"],
    ["an empty image", [{ data: new Uint8Array() }], "images[0].data"],
    ["base64 that is none", [{ data: `${PNG.toString("base64")}!` }], "images[0].data"],
    ["a data URL", [{ data: `data:image/png;base64,${PNG.toString("base64")}` }], "images[0].data"],
    ["another type than the bytes'", [{ data: PNG, mimeType: "image/jpeg" }], "images[0].mimeType"],
    ["an image beyond 5 MiB", [{ data: long(5 * mib + 1) }], "images[0].data"],
    ["more than 20 images", Array.from({ length: 21 }, () => ({ data: PNG })), "images"],
    ["more than 20 MiB", Array.from({ length: 5 }, () => ({ data: long(5 * mib) })), "images"],
  ])("refuses %s", (_, images, option) => {
    expect(() => parse(images)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", option }));
  });

  test("takes what is just within the limits", () => {
    const images = Array.from({ length: 4 }, () => ({ data: long(5 * mib) }));
    expect(parse(images)).toHaveLength(4);
    expect(parse(Array.from({ length: 20 }, () => ({ data: PNG })))).toHaveLength(20);
  });
});
