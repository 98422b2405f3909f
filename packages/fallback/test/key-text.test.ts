import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { keyId, keyLabel } from "../src/index.ts";

it("an id is 16 hex digits, the same each time, and none of another key's", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), (keys) => {
      const ids = keys.map(keyId);
      expect(new Set(ids).size).toBe(keys.length);
      expect(keys.map(keyId)).toEqual(ids);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
    }),
  );
});

it("an id stays what it is, since files keep it, and is not the key's plain hash", () => {
  expect(keyId("sk-one")).toBe("4906c44c1f8295cf");
  expect(createHash("sha256").update("sk-one").digest("hex")).not.toContain(keyId("sk-one"));
});

it.each([
  ["sk-proj-abcdefgh9f3a", "…9f3a"],
  ["123456789012", "…9012"],
  ["12345678901", "…"],
  ["none", "…"],
  ["", "…"],
])("%s is shown as %s", (key, label) => {
  expect(keyLabel(key)).toBe(label);
});
