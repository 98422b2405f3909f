import { beforeAll, describe, expect, test } from "vitest";
import { type CorpusReport, corpus, type Lane, runCorpus } from "#attacks";

const isRoot = process.geteuid?.() === 0;
const lanes: readonly Lane[] = ["root", "user"];
const laneTimeoutMs = 180_000;
/** Probes that must show something, of those that a machine's kernel and settings leave over. */
const leastShown = 80;

for (const as of lanes) {
  const skipped = as === "root" && !isRoot;
  describe.skipIf(skipped)(`the attack corpus as ${as}${skipped ? " (skipped: needs root)" : ""}`, () => {
    let report: CorpusReport = { probes: [], escaped: -1, total: 0 };
    beforeAll(async () => {
      report = await runCorpus({ as });
    }, laneTimeoutMs);

    test("tries every probe, and none gets out", () => {
      expect(report.probes.map(({ id }) => id)).toEqual(corpus.map(({ id }) => id));
      expect(report.probes.filter(({ outcome }) => outcome === "escaped")).toEqual([]);
      expect(report).toMatchObject({ escaped: 0, total: corpus.length });
    });

    test.each(["race-joiners", "run-launcher"])("finds the launcher that it is to attack: %s", (id) => {
      // They know it by its name; what is not found is skipped.
      expect(report.probes.find((probe) => probe.id === id)).toMatchObject({ outcome: "held" });
    });

    test("has no control that fails, and shows enough", () => {
      expect(report.probes.filter(({ control }) => control === "failed")).toEqual([]);
      const held = report.probes.filter(({ outcome }) => outcome === "held");
      expect(held.length).toBeGreaterThanOrEqual(leastShown);
      expect(held.filter(({ control }) => control !== "succeeded")).toEqual([]);
    });
  });
}

describe("a sandbox with a guard left out is found out", () => {
  const ownLanes = lanes.filter((as) => isRoot || as === "user");

  test.each([
    {
      guard: "seccomp",
      probes: [
        "unshare-user",
        "clone3-user",
        "set-user-id",
        "set-limit-init-high-bits",
        "socket-netlink-high-bits",
        "vmsplice",
        "personality-addr-no-randomize",
        "add-key",
        "make-whiteout",
      ],
    },
    { guard: "masks", probes: ["proc-kallsyms", "proc-interrupts"] },
  ] as const)(
    "$guard",
    async ({ guard, probes }) => {
      const { probes: found, escaped } = await runCorpus({ only: probes, weakened: [guard] });
      const expected = ownLanes.flatMap((as) => [...probes].sort().map((id) => `${as} ${id} escaped`));
      expect(found.map(({ as, id, outcome }) => `${as} ${id} ${outcome}`).sort()).toEqual(expected.sort());
      expect(escaped).toBe(expected.length);
    },
    60_000,
  );
});

test("every probe has a name of its own, and says what it does and what it stands for", () => {
  const ids = corpus.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, area, title, method, source } of corpus) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [area, title, method, source]) expect(text.length, id).toBeGreaterThan(3);
  }
});
