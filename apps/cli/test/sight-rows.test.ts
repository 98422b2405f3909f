import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSight } from "../src/sight/parse-sight.ts";
import type { Asked, Sight } from "../src/sight/sight.ts";
import { sightRows } from "../src/sight/sight-rows.ts";

const asked: Asked = {
  paths: ["/etc/passwd", "/absent"],
  addresses: [{ host: "127.0.0.1", port: 1 }],
  environments: true,
};

function look(env: Record<string, string> = {}): Sight {
  const program = join(import.meta.dirname, "..", "src", "sight", "look-around.ts");
  return parseSight(
    execFileSync(process.execPath, [program, JSON.stringify(asked)], { env, encoding: "utf8" }),
  );
}

test("without a sandbox in between the table says that nothing was kept", () => {
  const host = look();
  const inside = look({ KEY: "canary-1234567890" });
  const rows = sightRows({ asked, host, inside, secrets: new Map([["KEY", "canary-1234567890"]]) });
  const kept = new Map(rows.map((row) => [row.what, row.kept]));
  expect(kept.get("/etc/passwd")).toBe(false);
  expect(kept.get("/absent")).toBe(true);
  expect(kept.get("processes")).toBe(false);
  expect(kept.get("network interfaces")).toBe(false);
  expect(kept.get("connect to 127.0.0.1:1")).toBe(true);
  expect(kept.get("KEY")).toBe(false);
  expect(kept.get("user and rights")).toBe(inside.seccomp === "2" && /^0+$/.test(inside.capabilities));
});

test("a connection that came about was not kept from the agent", () => {
  const sight = look();
  const inside = { ...sight, addresses: ["connected"] };
  const rows = sightRows({ asked, host: sight, inside, secrets: new Map() });
  expect(rows.find(({ what }) => what === "connect to 127.0.0.1:1")).toMatchObject({ kept: false });
});

test.each([undefined, "", "not JSON", "[]", "{}", '{"paths":[{}]}'])(
  "%o out of a sandbox is no sight",
  (text) => {
    expect(() => parseSight(text)).toThrow(expect.objectContaining({ code: "CLI_PROBE" }));
  },
);
