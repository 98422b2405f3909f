import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blockBytes, encodeMember } from "../src/files/tar-header.ts";
import { type Host, lanes, useHost } from "./support/as-user.ts";
import type { HostTools } from "./support/host-tools.ts";
import { patience } from "./support/this-machine.ts";

/** Of each kind of request in turn. */
const rounds = { root: 10_000, user: 2_000, delegated: 2_000, self: 10_000 };
/** For so many, milliseconds. */
const boundMs = 180_000;
const secret = "of the host alone";

/** What lies outside of the mount, the host's user's own, under the names that swapped links lead to. */
async function makeStage({ directory, evaluate }: Host) {
  const base = join(directory, `hostile-${Date.now()}`);
  const [workspace, decoy] = [join(base, "workspace"), join(base, "decoy")];
  const file = join(decoy, "f");
  const make = ({ fs }: HostTools, directories: string[], file: string, text: string) => {
    for (const path of directories) fs.mkdirSync(path);
    fs.writeFileSync(file, text);
  };
  await evaluate(make, [base, workspace, decoy], file, secret);
  return { base, workspace, decoy, file };
}

/** A small archive that goes through the swapped directory. */
function archive(): Buffer {
  const about = { mode: 0o644, modified: 1, link: Buffer.alloc(0) };
  const data = Buffer.alloc(blockBytes);
  const file = encodeMember({ ...about, path: Buffer.from("x/f"), type: "file", size: blockBytes });
  const link = Buffer.from("f");
  const symlink = encodeMember({ ...about, path: Buffer.from("x/l"), type: "symlink", size: 0, link });
  return Buffer.concat([file, data, symlink, Buffer.alloc(2 * blockBytes)]);
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`files that a sandbox swaps without end, ${lane.title}`, () => {
    const at = useHost(lane);
    const count = Math.ceil(rounds[lane.kind] / patience);

    test(
      `${count} rounds of reading, writing, listing, copying and archives stay inside`,
      async () => {
        const stage = await makeStage(at.host);
        const seen = await at.evaluate(
          async ({ withSandbox, waitForText, once, spawn, probe, library }, stage, archive, count) => {
            const watcher = spawn(probe, ["watch-files", stage.decoy, stage.file]);
            await once(watcher.stdout, "data");
            const mounts = [{ source: stage.workspace, target: "/workspace", access: "rw" }] as const;
            const done: Record<string, number> = {};
            const told = async (name: string, work: Promise<unknown>) => {
              const how = await work.then(
                (value) => (String(value).includes("of the host alone") ? "secret" : "ok"),
                (error) => (error instanceof library.FileError ? "refused" : String(error)),
              );
              done[`${name} ${how}`] = (done[`${name} ${how}`] ?? 0) + 1;
            };
            await withSandbox({ mounts }, async ({ files, commands }) => {
              const swapper = await commands.start(["/opt/probe", "swap", "/workspace", stage.decoy]);
              await waitForText(swapper, "ready");
              async function* tar() {
                yield archive;
              }
              const download = async () => {
                let bytes = "";
                for await (const chunk of await files.download("x")) bytes += chunk;
                return bytes;
              };
              const each = [
                () => told("read", files.read("x/f")),
                () => told("read", files.read("f")),
                () => told("write", files.write("x/f", "w")),
                () => told("write", files.write("f", "w")),
                () => told("append", files.append("f", "a")),
                () =>
                  told(
                    "list",
                    files.list("x", { depth: 3 }).then((list) => JSON.stringify(list)),
                  ),
                () => told("copy", files.copy("f", "x/c")),
                () => told("make", files.makeDir("x/t/u")),
                () => told("remove", files.remove("x/t", { recursive: true })),
                () => told("upload", files.upload(tar(), "/workspace")),
                () => told("download", download()),
                () => told("rename", files.rename("x/c", "x/d")),
                // The mount's own source, read by the host itself.
                () => told("host", files.upload(stage.workspace, "/tmp/tree", { links: "any" })),
                () => told("host's", files.read("/tmp/tree/f")),
              ];
              for (let i = 0; i < count; i += 4)
                await Promise.all([0, 1, 2, 3].map((offset) => each[(i + offset) % each.length]?.()));
              await swapper.kill();
            });
            watcher.stdin.end();
            const [events] = await once(watcher.stdout, "data");
            return { done, events: Number(events) };
          },
          stage,
          archive(),
          count,
        );
        const kinds = Object.keys(seen.done).map((name) => name.split(" ").slice(1).join(" "));
        expect([...new Set(kinds)].sort()).toEqual(["ok", "refused"]);
        expect(seen.done["host ok"]).toBeGreaterThan(0);
        expect(seen.done["read refused"]).toBeGreaterThan(0); // the links were there, too
        expect(seen.events).toBe(0);
        expect(readdirSync(stage.decoy)).toEqual(["f"]);
        expect(readFileSync(stage.file, "utf8")).toBe(secret);
        expect(readdirSync(stage.base).sort()).toEqual(["decoy", "workspace"]);
      },
      boundMs,
    );

    test("and a host that opens the mount's own path is led out by the same: the control", async () => {
      const stage = await makeStage(at.host);
      const seen = await at.evaluate(async ({ withSandbox, waitForText, once, spawn, probe, fs }, stage) => {
        const watcher = spawn(probe, ["watch-files", stage.decoy, stage.file]);
        await once(watcher.stdout, "data");
        const mounts = [{ source: stage.workspace, target: "/workspace", access: "rw" }] as const;
        const stolen = await withSandbox({ mounts }, async ({ commands }) => {
          const swapper = await commands.start(["/opt/probe", "swap", "/workspace", stage.decoy]);
          await waitForText(swapper, "ready");
          const read = (name: string) => {
            try {
              return fs.readFileSync(`${stage.workspace}/${name}`, "utf8") === "of the host alone";
            } catch {
              return false;
            }
          };
          for (let i = 0; i < 100_000; i++)
            if (read("f") || (i % 64 === 0 && read("absolute/f"))) return true;
          return false;
        });
        watcher.stdin.end();
        const [events] = await once(watcher.stdout, "data");
        return { stolen, watched: Number(events) > 0 };
      }, stage);
      expect(seen).toEqual({ stolen: true, watched: true });
    });
  });
