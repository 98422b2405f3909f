import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CommandHandle, type Sandbox, SnapshotError } from "../src/index.ts";
import { runCopy } from "../src/snapshots/run-copy.ts";
import { useHere } from "./support/here.ts";
import { swapper } from "./support/swapper.ts";
import { patience } from "./support/this-machine.ts";

const isRoot = process.geteuid?.() === 0;
const rounds = patience > 1 ? 1000 : 10_000;

/** Nobody's business: whoever reads it changes a time of its (relatime), whoever writes there another. */
function makeDecoy() {
  const directory = mkdtempSync(join(tmpdir(), "cloison-decoy-"));
  const paths = [join(directory, "secret"), directory];
  writeFileSync(paths[0] ?? "", "what is outside");
  const look = () =>
    paths.map((path) => statSync(path)).map((each) => `${each.atimeMs} ${each.ctimeMs} ${each.nlink}`);
  let armed: string[] = [];
  return {
    directory,
    arm() {
      for (const path of paths) utimesSync(path, 1, 2);
      armed = look();
    },
    isUntouched: () => JSON.stringify(look()) === JSON.stringify(armed),
  };
}

describe.skipIf(!isRoot)("a tree that a hostile sandbox changes while it is copied (needs root)", () => {
  const here = useHere();
  const decoy = makeDecoy();
  const source = join(here.directory, "source");
  let sandbox: Sandbox;
  let attack: CommandHandle;
  let swaps = 0;
  afterAll(() => rmSync(decoy.directory, { recursive: true }));
  beforeEach(() => decoy.arm());
  beforeAll(async () => {
    mkdirSync(source);
    const mounts = [{ source, target: "/workspace", access: "rw" as const }, ...(here.withNode.mounts ?? [])];
    sandbox = await here.create({ mounts, snapshots: { directory: join(here.directory, "store") } });
    attack = await sandbox.commands.start(["/opt/node", "-e", swapper, decoy.directory]);
    attack.stdout.on("data", (chunk: Buffer) => {
      swaps = Number(chunk.toString().trim().split("\n").at(-1));
    });
  });
  afterAll(() => sandbox.kill());

  /** Does something again and again while the sandbox makes so many rounds. */
  async function meanwhile(count: number, act: (index: number) => Promise<unknown>): Promise<number> {
    const first = swaps;
    let acts = 0;
    for (; swaps < first + count; acts++) {
      await act(acts);
      await new Promise(setImmediate); // for the attack to be heard
    }
    return acts;
  }

  test("leads a copy that trusts paths out: the control", async () => {
    const to = join(here.directory, "naive");
    const copied = await meanwhile(1, async () => {
      spawnSync("cp", ["-rL", `${source}/.`, to]);
      rmSync(to, { recursive: true, force: true });
    });
    expect(copied).toBeGreaterThan(0);
    expect(decoy.isUntouched()).toBe(false);
  });

  test(`leads no copy out of it in ${rounds} rounds`, async () => {
    const to = join(here.directory, "copy");
    let files = 0;
    const copied = await meanwhile(rounds, async () => {
      mkdirSync(to);
      // Without the freezer, which would make the sandbox stand still.
      const [counts] = await runCopy([["copy-tree", `source:${source}`, `host:${to}`, ""]]);
      files += counts?.files ?? 0;
      await runCopy([["copy-remove", `host:${here.directory}`, "copy"]]);
    });
    expect(copied).toBeGreaterThan(3);
    expect(files).toBeGreaterThan(copied);
    expect(decoy.isUntouched()).toBe(true);
  });

  test("leads no restore out of it: another sandbox's, in the same directory", async () => {
    const mounts = [{ source, target: "/workspace", access: "rw" as const }];
    const other = await here.create({ mounts, snapshots: { directory: join(here.directory, "store") } });
    const id = await other.snapshot();
    const results = new Set<string>();
    for (let i = 0; i < 10; i++)
      results.add(
        await other.restore(id).then(
          () => "restored",
          (error) => (error instanceof SnapshotError ? error.code : String(error)),
        ),
      );
    await other.kill();
    expect([...results].filter((each) => !["restored", "SNAPSHOT"].includes(each))).toEqual([]);
    expect(decoy.isUntouched()).toBe(true);
  });
});
