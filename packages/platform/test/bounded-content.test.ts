import { expect, test } from "vitest";
import { boundedContent } from "../src/tools/bounded-content.ts";

const MOST = 128 * 1024;
const png = { type: "image", data: "iVBORw0KGgo=", mimeType: "image/png" };

/** One of that many bytes, as far as its beginning tells. */
function pngOf(bytes: number) {
  return { ...png, data: Buffer.concat([Buffer.from(png.data, "base64")], bytes).toString("base64") };
}

function text(words: string) {
  return { type: "text", text: words };
}

test.each([
  ["a text", "words", [text("words")]],
  ["blocks", [text("a"), png, text("b")], [text("a"), png, text("b")]],
  ["no text", "", [text("(no output)")]],
  ["no block", [], [text("(no output)")]],
  ["an empty block among others", [text(""), png], [png]],
  ["members that no block has", [{ ...text("a"), more: 1 }], [text("a")]],
  ["half a surrogate pair", "\ud83d", [text("\ufffd")]],
])("%s comes through as what it is", (_, given, content) => {
  expect(boundedContent(given)).toEqual(content);
});

test.each([
  ["nothing", undefined],
  ["a number", 5],
  ["an object", { type: "text", text: "a" }],
  ["a list of texts", ["a"]],
  ["text that is none", [{ type: "text", text: 5 }]],
  ["an image of another kind", [{ ...png, mimeType: "image/svg+xml" }]],
  ["an image that is not base64", [{ ...png, data: "<svg>" }]],
  ["an image that is something else", [{ ...png, data: "PHN2Zz48L3N2Zz4=" }]],
  ["an image in base64 that was cut", [{ ...png, data: "iVBORw0KGgo" }]],
  ["an image without data", [{ ...png, data: "" }]],
  ["a block of another type", [{ type: "resource", uri: "file:///" }]],
])("%s is no content", (_, given) => {
  expect(boundedContent(given)).toBeUndefined();
});

test("a text as long as may be is whole; of a longer one the beginning and the end are there", () => {
  expect(boundedContent("x".repeat(MOST))).toEqual([text("x".repeat(MOST))]);
  const [block] = boundedContent(`BEGIN${"x".repeat(MOST)}END`) ?? [];
  const shown = block?.type === "text" ? block.text : "";
  expect(shown.length).toBeLessThanOrEqual(MOST);
  expect(shown.length).toBeGreaterThan(MOST - 100);
  expect(shown).toMatch(/^BEGINx/);
  expect(shown).toMatch(/xEND$/);
  expect(shown).toContain("characters left out …]");
});

test("several texts share what one may have", () => {
  const blocks = boundedContent(Array(4).fill(text("y".repeat(MOST)))) ?? [];
  const chars = blocks.map((block) => (block.type === "text" ? block.text.length : 0));
  expect(chars).toHaveLength(4);
  expect(chars.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(MOST);
  expect(new Set(chars).size).toBe(1);
});

test("an image is told as what its first bytes say", () => {
  expect(boundedContent([{ ...png, mimeType: "image/jpeg" }])).toEqual([png]);
});

test("of images that are too large together the first ones are there", () => {
  const large = pngOf(4_500_000);
  const blocks = boundedContent(Array(6).fill(large)) ?? [];
  expect(blocks.map(({ type }) => type)).toEqual(["image", "image", "image", "image", "text", "text"]);
});

test("too many blocks are cut to the first sixteen, and that is said", () => {
  const blocks = boundedContent(Array.from({ length: 20 }, (_, index) => text(`${index}`)));
  expect(blocks).toHaveLength(17);
  expect(blocks?.at(-1)).toEqual(text("[4 further blocks were left out]"));
});

test("an image of more than 5 MB is left out, and that is said", () => {
  const fits = pngOf(5 * 1024 * 1024);
  expect(boundedContent([fits])).toEqual([fits]);
  const larger = pngOf(5 * 1024 * 1024 + 4);
  expect(boundedContent([larger])).toEqual([text("[an image of more than 5 MB was left out]")]);
});
