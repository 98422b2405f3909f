import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import { lanes, startHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";

const arch = process.arch === "arm64" ? "arm64" : "x64";
const unshare = ["/opt/probe", "call", String(syscallTable(arch).get("unshare")), String(0x10000000)];

let copy = "";
beforeAll(() => {
  copy = makeCopy();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(
    `a host that has a filter's listener on it, ${lane.title}`,
    () => {
      test("refuses the same, says that it cannot tell what, and says so of failures alone", async () => {
        const host = await startHost(lane, copy, { wrapper: [join(copy, "probe"), "listened"] });
        const seen = await host.evaluate(
          ({ withSandbox }, argv) =>
            withSandbox({}, async ({ commands: { run } }) => ({
              well: await run(argv),
              badly: await run(`${argv.join(" ")}; exit 3`),
            })),
          unshare,
        );
        await host.stop();
        expect(seen.well).toMatchObject({ stdout: "1\n", denied: [] });
        expect(seen.badly).toMatchObject({ stdout: "1\n", exitCode: 3 });
        expect(seen.badly.denied).toMatchObject([
          { layer: "seccomp", what: "refused calls cannot be told on this host (EBUSY)" },
        ]);
      });
    },
  );
