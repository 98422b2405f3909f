// Ten branches of one tree: each packs the same logs in another way, and the best branch becomes the tree.
// Usage: node main.mjs [required | best-effort]
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox, snapshots } from "@cloison/sandbox";

const levels = [1, 5, 9];
const variants = [
  ...levels.map((level) => `gzip -${level}`),
  ...levels.map((level) => `sort | gzip -${level}`),
  ...levels.map((level) => `uniq -c | gzip -${level}`),
  "cat",
];

const directory = await mkdtemp(join(tmpdir(), "cloison-fork-"));
const source = join(directory, "project");
const store = { directory: join(directory, "snapshots") };
await mkdir(source);
for (let file = 0; file < 20; file++) {
  const lines = Array.from({ length: 2000 }, (_, line) => `${(line * 7919 + file) % 97} request served`);
  await writeFile(join(source, `${file}.log`), lines.join("\n"));
}

const sandbox = await createSandbox({
  mounts: [{ source, target: "/workspace", access: "rw" }],
  enforce: process.argv[2] ?? "required",
  snapshots: store,
});
const branches = [];
try {
  branches.push(...(await sandbox.fork(variants.length)));
  const sizes = await Promise.all(
    branches.map(async (branch, index) => {
      const pack = `cat *.log | ${variants[index]} > packed && rm *.log && wc -c < packed`;
      const { stdout } = await branch.commands.run(pack, { check: true });
      return Number(stdout);
    }),
  );
  const best = sizes.indexOf(Math.min(...sizes));
  for (const [index, variant] of variants.entries()) console.log(`${sizes[index]} bytes by: ${variant}`);

  const kept = await branches[best].snapshot({ name: variants[best] });
  await sandbox.restore(kept);
  await snapshots.delete(kept, store);
  console.log(`kept: ${variants[best]}; the tree is now ${await readdir(source)}`);
} finally {
  await Promise.all([sandbox, ...branches].map((each) => each.kill()));
  await rm(directory, { recursive: true });
}
