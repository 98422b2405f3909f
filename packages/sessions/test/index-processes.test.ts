import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scanInfo } from "../src/files/transcript-reading.ts";
import type { SessionInfo } from "../src/info.ts";
import type { ListOptions } from "../src/list/list-options.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { runAndKill, source } from "./support/killed-child.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

/** Adds to sessions, makes and deletes some, and lists them, without end. */
const writer = (dir: string) => `
  import { writeSync } from "node:fs";
  import { createSessionStore } from ${source("store.ts")};
  const store = createSessionStore({ dir: ${JSON.stringify(dir)} });
  const random = (n) => Math.floor(Math.random() * n);
  const work = async () => {
    for (;;) {
      const id = "s" + random(12);
      try {
        if (random(6) === 0) await store.delete(id);
        else if (random(6) === 0) await store.list();
        else await store.append(id, { type: "session_info", name: "title " + random(1000) });
      } catch (error) {
        if (error.code !== "SESSION_BUSY" && error.code !== "SESSION_NOT_FOUND") throw error;
      }
      writeSync(1, "x\\n");
    }
  };
  await Promise.all([work(), work(), work()]);`;

async function all(store: SessionStore, options: ListOptions): Promise<SessionInfo[]> {
  const { sessions } = await store.list({ limit: 1000, ...options });
  return [...sessions];
}

test("lists are what the transcripts say, after processes that wrote at the same time were killed", async () => {
  const dir = temporaryDirectory();
  for (let round = 0; round < 5; round += 1) {
    const counts = [1, 2, 3].map(() => 1 + Math.floor(Math.random() * 200));
    await Promise.all(counts.map((count) => runAndKill(writer(dir), count)));
    const store = createSessionStore({ dir });
    const listed = await all(store, { sort: "title" });
    const ids = readdirSync(dir).flatMap((name) => /^(.*)\.jsonl$/.exec(name)?.[1] ?? []);
    const infos = await Promise.all(
      ids.map(async (id) => (await scanInfo({ id, path: join(dir, `${id}.jsonl`) }))?.info),
    );
    const known = infos.filter((info) => info !== undefined);
    const byId = (a: SessionInfo, b: SessionInfo) => a.id.localeCompare(b.id);
    expect(listed.toSorted(byId)).toEqual(known.toSorted(byId));
    for (const { id, title } of known)
      expect((await all(store, { title })).map((info) => info.id)).toContain(id);
    await store.close();
  }
});

test("a writer that knows nothing of a new index, and is killed before it does, is found", async () => {
  const dir = temporaryDirectory();
  const script = `
    import { once } from "node:events";
    import { createSessionStore } from ${source("store.ts")};
    const store = createSessionStore({ dir: ${JSON.stringify(dir)} });
    const session = await store.open("s");
    await session.append({ type: "session_info", name: "before" });
    await store.list(); // which leaves nothing that the index has to be told
    process.stdout.write("x");
    await once(process.stdin, "data");
    await session.append({ type: "session_info", name: "after" });
    process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  for (const name of readdirSync(dir).filter((name) => name.startsWith(".index"))) rmSync(join(dir, name));
  const store = createSessionStore({ dir });
  expect(await all(store, {})).toMatchObject([{ id: "s", title: "before" }]);
  child.stdin.write("x");
  await exited;
  expect(await all(store, {})).toMatchObject([{ id: "s", title: "after" }]);
  await store.close();
});
