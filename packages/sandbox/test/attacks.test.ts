import { beforeAll, describe, expect, test } from "vitest";
import { type CorpusReport, corpus, type Lane, runCorpus } from "#attacks";

const isRoot = process.geteuid?.() === 0;
const lanes: readonly Lane[] = ["root", "user"];
const laneTimeoutMs = 180_000;

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

    test("has no control that fails", () => {
      expect(report.probes.filter(({ control }) => control === "failed")).toEqual([]);
    });
  });
}

test(
  "a sandbox without its system call filter is found out",
  async () => {
    const only = ["unshare-user"];
    const probes = lanes.filter((as) => isRoot || as === "user");
    const { probes: found, escaped } = await runCorpus({ only, weakened: ["seccomp"] });
    expect(found.map(({ as, outcome }) => [as, outcome])).toEqual(probes.map((as) => [as, "escaped"]));
    expect(escaped).toBe(probes.length);
  },
  laneTimeoutMs,
);

test("every probe has a name of its own, and says what it does and what it stands for", () => {
  const ids = corpus.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, area, title, method, source } of corpus) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [area, title, method, source]) expect(text.length, id).toBeGreaterThan(3);
  }
});
