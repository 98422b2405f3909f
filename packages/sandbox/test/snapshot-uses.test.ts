import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Store, workName } from "../src/snapshots/store.ts";
import { beginUse, endUse, isUsed } from "../src/snapshots/uses.ts";

const id = "00000000-0000-4000-8000-000000000000";

function makeStore(): Store {
  const directory = mkdtempSync(join(tmpdir(), "cloison-uses-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const work = join(directory, ".work");
  mkdirSync(work);
  return { directory, work };
}

/** Uses that begin and end all the time, as those of other sandboxes do. */
const comeAndGo = `
  const fs = require("node:fs");
  const [directory] = process.argv.slice(1);
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    fs.mkdirSync(directory);
    fs.writeFileSync(directory + "/snapshot", "another");
    fs.rmSync(directory, { recursive: true });
  }`;

test("uses are looked through while they come and go", async () => {
  const store = makeStore();
  const child = spawn(process.execPath, ["-e", comeAndGo, join(store.work, workName("live"))], {
    stdio: "ignore",
  });
  try {
    await once(child, "spawn");
    for (let look = 0; look < 20_000; look++) expect(isUsed(store, id)).toBe(false);
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

test("the end of a use does not fail where the store is gone", async () => {
  const store = makeStore();
  const use = beginUse(store, id);
  rmSync(store.directory, { recursive: true });
  await expect(endUse(store, use, id)).resolves.toBeUndefined();
});
