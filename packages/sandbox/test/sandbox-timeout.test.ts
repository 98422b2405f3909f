import { describe, expect, test } from "vitest";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";

const twice = (...words: readonly string[]) => [...words, ...words];

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a sandbox's timeout, ${lane.title}`, () => {
    const at = useHost(lane);

    test("ends it, and tells so", async () => {
      const seen = await at.evaluate(({ create, codeOf, withEnoughTime }) =>
        withEnoughTime(async (timeoutMs) => {
          const sandbox = await create({ timeoutMs });
          const run = await sandbox.commands.run("sleep 60");
          const after = [codeOf(sandbox.commands.run("true")), codeOf((async () => sandbox.setTimeout(1))())];
          return { run, end: await sandbox.closed, state: sandbox.state, after: await Promise.all(after) };
        }),
      );
      expect(seen).toMatchObject({
        run: {
          signal: "SIGKILL",
          denied: [{ layer: "time", hint: expect.stringMatching(/setTimeout\(\)/) }],
        },
        end: { reason: "timeoutMs", detail: expect.stringMatching(/timeoutMs/) },
        state: "ended",
        after: ["SANDBOX_CLOSED", "SANDBOX_CLOSED"],
      });
    });

    test("counts anew from when it is set, and not where it is taken away", async () => {
      const seen = await at.evaluate(({ create, withSandbox, codeOf, withEnoughTime }) =>
        withEnoughTime(async (timeoutMs) => {
          const extended = await create({ timeoutMs });
          extended.setTimeout(timeoutMs * 1000);
          const freed = await create({ timeoutMs });
          freed.setTimeout(undefined);
          const late = await create();
          const control = await withSandbox({ timeoutMs }, ({ closed }) => closed);
          const states = [extended.state, freed.state, late.state];
          for (const sandbox of [extended, freed, late]) sandbox.setTimeout(1);
          const all = [control, await extended.closed, await freed.closed, await late.closed];
          const bad = await Promise.all(
            [0, 1.5, 2 ** 31, "5"].map((ms) => codeOf((async () => late.setTimeout(ms as number))())),
          );
          return { states, reasons: all.map(({ reason }) => reason), bad };
        }),
      );
      expect(seen.states).toEqual(["running", "running", "running"]);
      expect(seen.reasons).toEqual(["timeoutMs", "timeoutMs", "timeoutMs", "timeoutMs"]);
      expect(new Set(seen.bad)).toEqual(new Set(["SANDBOX_CLOSED"]));
    });
  });

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`a timeout that pauses, ${lane.title}`, () => {
    const at = useHost(lane);

    test("stops the sandbox, which goes on as it was, and counts anew then", async () => {
      const seen = await at.evaluate(({ withSandbox, until, codeOf, waitForText, withEnoughTime }) =>
        withEnoughTime((timeoutMs) => {
          const events: string[] = [];
          const onEvent = ({ type }: { readonly type: string }) => {
            if (type.startsWith("sandbox.")) events.push(type.slice("sandbox.".length));
          };
          return withSandbox({ timeoutMs, onTimeout: "pause", onEvent }, async (sandbox) => {
            const cat = await sandbox.commands.start("cat");
            const isPaused = () => until(() => sandbox.state === "paused");
            const first = await isPaused();
            const refused = await codeOf(sandbox.commands.run("true"));
            cat.stdin.write("kept\n");
            await sandbox.resume();
            const second = await isPaused();
            await sandbox.resume();
            sandbox.setTimeout(undefined);
            const text = await waitForText(cat, "kept");
            return { first, refused, text, second, state: sandbox.state, events: [...events] };
          });
        }),
      );
      expect(seen).toEqual({
        first: true,
        refused: "SANDBOX_PAUSED",
        text: "kept\n",
        second: true,
        state: "running",
        events: ["started", ...twice("timeout", "paused", "resumed")],
      });
    });
  });
