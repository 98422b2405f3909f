// The sandbox without agents and models: run what you do not trust. No dependency comes with it.
// Usage: node index.mjs [required | best-effort]
import { mkdir, writeFile } from "node:fs/promises";
import { createSandbox } from "@cloison/sandbox";

await mkdir("project", { recursive: true });
await writeFile("project/main.sh", "id -u; ls -A /root /home; echo hello > greeting.txt; cat greeting.txt\n");

const sandbox = await createSandbox({
  mounts: [{ source: "./project", target: "/workspace", access: "rw" }],
  network: "none",
  limits: { memoryMb: 256, pids: 32 },
  enforce: process.argv[2] ?? "required",
});
try {
  for (const { name, detail, applied } of sandbox.layers) console.log(applied ? "+" : "-", name, detail);
  const result = await sandbox.commands.run("sh main.sh", { cwd: "/workspace", timeoutMs: 10_000 });
  console.log(result.stdout, result.stderr, result.exitCode);
} finally {
  await sandbox.kill();
}
