import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, lanes, startHost, useHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { patience } from "./support/this-machine.ts";

const rounds = 6;
const files = 100;

/** The only letter that a tree's files hold; else what is wrong with it. */
function stateOf(directory: string): string {
  const names = readdirSync(directory).sort();
  const expected = Array.from({ length: files }, (_, index) => `f${index}`).sort();
  if (JSON.stringify(names) !== JSON.stringify(expected)) return `names: ${names.join(" ")}`;
  const letters = new Set(names.map((name) => readFileSync(join(directory, name, "text"), "utf8")));
  return [...letters].sort().join("");
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a host that is killed at any moment, ${lane.title}`, () => {
    const at = useHost(lane);
    let copy = "";
    afterAll(() => rmSync(copy, { recursive: true, force: true }));
    beforeAll(() => {
      copy = makeCopy();
    });

    /** A host that does one thing after the other to the store until it is killed, every other time amid some work. */
    async function killSome(
      source: string,
      store: string,
      ids: readonly string[],
      round: number,
    ): Promise<void> {
      const host: Host = await startHost(lane, copy);
      await host.evaluate(
        async ({ create, kept }, source, store) => {
          const mounts = [{ source, target: "/workspace", access: "rw" as const }];
          kept.push(await create({ mounts, snapshots: { directory: store } }));
        },
        source,
        store,
      );
      const working = host.evaluate(
        async ({ kept: [sandbox], library, create }, ids, directory) => {
          for (let i = 0; ; i++) {
            await sandbox?.restore(ids[i % 2] ?? "");
            const id = (await sandbox?.snapshot()) ?? "";
            const branch = await create({ from: id, snapshots: { directory } });
            await branch.kill();
            await library.snapshots.delete(id, { directory });
          }
        },
        ids,
        store,
      );
      const ended = expect(working).rejects.toThrow("the host has ended");
      if (round % 2 === 0) await delay(Math.random() * 500 * patience);
      else while (readdirSync(join(store, ".work")).length === 0) await new Promise(setImmediate);
      host.child.kill("SIGKILL");
      await Promise.all([ended, once(host.child, "exit")]);
      await host.stop();
    }

    test("leaves the old state or the new one, of the files and of the snapshots, and nothing else", async () => {
      const directory = at.host.directory;
      const [source, store] = [join(directory, "source"), join(directory, "store")];
      const ids = await at.evaluate(
        async ({ fs, create, output }, source, store, files) => {
          fs.mkdirSync(source);
          const mounts = [{ source, target: "/workspace", access: "rw" as const }];
          const sandbox = await create({ mounts, snapshots: { directory: store } });
          const ids: string[] = [];
          for (const letter of ["A", "B"]) {
            const each = `printf ${letter} > f$i/text`;
            const loop = `i=0; while [ $i -lt ${files} ]; do ${each}; i=$((i+1)); done`;
            await output(sandbox, `mkdir -p $(seq -f f%g 0 ${files - 1}); ${loop}`);
            ids.push(await sandbox.snapshot());
          }
          await sandbox.kill();
          return ids;
        },
        source,
        store,
        files,
      );
      let interrupted = 0;
      for (let round = 0; round < rounds; round++) {
        await killSome(source, store, ids, round);
        interrupted += readdirSync(join(store, ".work")).length;
        const seen = await at.evaluate(
          async ({ fs, create, library }, source, store) => {
            const snapshots = { directory: store };
            await (
              await create({ mounts: [{ source, target: "/workspace", access: "rw" }], snapshots })
            ).kill();
            const all = await library.snapshots.list(snapshots);
            const damaged = all.filter((each) => each.damaged !== undefined);
            return { ids: all.map(({ id }) => id), damaged, left: fs.readdirSync(`${store}/.work`) };
          },
          source,
          store,
        );
        expect(stateOf(source), `round ${round}`).toMatch(/^[AB]$/);
        expect(seen).toMatchObject({ damaged: [], left: [] });
        expect(seen.ids).toEqual(expect.arrayContaining([...ids]));
        for (const id of seen.ids) expect(stateOf(join(store, id, "trees/0"))).toMatch(/^[AB]$/);
      }
      expect(interrupted).toBeGreaterThan(0);
    });

    test("is told apart from a half-done state, which the same look finds", () => {
      const half = join(copy, `half-${lane.kind}`);
      mkdirSync(half);
      expect(stateOf(half)).toMatch(/^names/);
    });
  });
