import type { Prng } from "./prng.ts";

/** What a hostile peer may send as one frame, newlines and all. */
type FrameKind = "valid" | "odd" | "mutated" | "garbage" | "deep" | "huge";

const METHODS = [
  "echo",
  "fail",
  "later",
  "unknown",
  "constructor",
  "__proto__",
  "$/cancel",
  "",
  "m".repeat(129),
];
const STRINGS = [
  "",
  "a",
  "é漢🙂",
  "\u0000",
  "\ud800",
  "x".repeat(200),
  "__proto__",
  "\u001b[31m",
  "\\",
  '"',
  "\n",
];
const KEYS = [
  "a",
  "b",
  "__proto__",
  "constructor",
  "prototype",
  "",
  "0",
  "4294967295",
  "length",
  "toJSON",
  "then",
];
const NUMBERS = [0, -0, 1, -1, 1.5, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER, 5e-324, -32601];
/** Text that JSON.stringify would never write. */
const LITERALS = [
  "1e999",
  "-1e999",
  "9".repeat(400),
  `0.${"3".repeat(400)}`,
  "NaN",
  "01",
  "+1",
  "tru",
  "'a'",
  '"\\x"',
];
const NESTED = ["[", '{"a":', "[[", '[{"b":', '{"a":[[', "[[[[[[[["];

function jsonValue(random: Prng, depth = 0): unknown {
  const leaf = depth > 5 || random.chance(0.4);
  if (leaf) return random.pick<unknown>([random.pick(STRINGS), random.pick(NUMBERS), null, true, false]);
  const length = random.below(4);
  if (random.chance(0.5)) return Array.from({ length }, () => jsonValue(random, depth + 1));
  const keys = Array.from({ length }, () =>
    random.chance(0.03) ? random.pick(KEYS) : `k${random.below(9)}`,
  );
  // fromEntries defines members, so that one named __proto__ is written too.
  return Object.fromEntries(keys.map((key) => [key, jsonValue(random, depth + 1)]));
}

function container(random: Prng): unknown {
  const value = jsonValue(random);
  return typeof value === "object" && value !== null ? value : [value];
}

function validFrame(random: Prng): string {
  const id = random.pick([{ id: random.below(5) }, { id: "s" }, {}]);
  const method = random.pick(["echo", "fail", "later", "unknown"]);
  return JSON.stringify({ jsonrpc: "2.0", ...id, method, params: container(random) });
}

/** Every member of a message now and then wrong, missing, of another type, or too many. */
function oddFrame(random: Prng): string {
  const members: [string, unknown][] = [];
  const add = (key: string, probability: number, value: unknown) => {
    if (random.chance(probability)) members.push([key, value]);
  };
  add("jsonrpc", 0.95, random.chance(0.9) ? "2.0" : jsonValue(random));
  add("id", 0.7, random.chance(0.6) ? random.below(4) : jsonValue(random));
  add("method", 0.6, random.chance(0.9) ? random.pick(METHODS) : jsonValue(random));
  add("params", 0.5, random.chance(0.5) ? { id: random.below(9) } : jsonValue(random));
  add("result", 0.2, jsonValue(random));
  add("error", 0.2, { code: random.pick(NUMBERS), message: random.pick(STRINGS), data: jsonValue(random) });
  add(random.pick(KEYS), 0.1, jsonValue(random));
  return JSON.stringify(Object.fromEntries(members));
}

function mutate(random: Prng, frame: Buffer): Buffer {
  let bytes = Buffer.from(frame);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(bytes.length);
    const insert = random.pick<Buffer | string>([
      Buffer.from([random.below(256)]),
      random.pick(['"', "\\", "{", "}", "[", "]", ",", ":", "\n", "\u0000", "\ufeff"]),
      random.pick(LITERALS),
      bytes.subarray(0, random.below(40)),
    ]);
    const cut = random.below(random.pick([1, 2, 2, 20]));
    bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + cut)]);
  }
  return bytes;
}

function deepFrame(random: Prng, levels: number): string {
  const opening = random.pick(NESTED).repeat(1 + random.below(random.pick([8, levels])));
  const closing = random.chance(0.5)
    ? [...opening].reverse().map((c) => ({ "[": "]", "{": "}" })[c] ?? "")
    : [];
  const nested = `${opening}1${closing.join("")}`;
  return random.chance(0.5) ? nested : `{"jsonrpc":"2.0","method":"echo","params":[${nested}]}`;
}

function hugeFrame(random: Prng, size: number): string {
  const filler = random.pick(["x", "9", "\\", '\\"', "[", "{}", "[],", "\u0000", "é", " "]);
  const frame = filler.repeat(size / filler.length + random.below(size));
  return random.pick([frame, `"${frame}"`, `{"jsonrpc":"2.0","id":1,"method":"echo","params":["${frame}"]}`]);
}

/** One hostile frame. `size` is what counts as huge, in bytes. */
export function hostileFrame(random: Prng, size: number): { kind: FrameKind; frame: Buffer } {
  const kinds: readonly FrameKind[] = [
    "valid",
    "odd",
    "odd",
    "mutated",
    "mutated",
    "mutated",
    "garbage",
    "deep",
    "huge",
  ];
  const kind = random.pick(kinds);
  switch (kind) {
    case "valid":
      return { kind, frame: Buffer.from(validFrame(random)) };
    case "odd":
      return { kind, frame: Buffer.from(oddFrame(random)) };
    case "mutated":
      return {
        kind,
        frame: mutate(random, Buffer.from(random.chance(0.7) ? validFrame(random) : oddFrame(random))),
      };
    case "garbage":
      return { kind, frame: Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))) };
    case "deep":
      return { kind, frame: Buffer.from(deepFrame(random, size / 8)) };
    case "huge":
      return { kind, frame: Buffer.from(hugeFrame(random, size)) };
  }
}
