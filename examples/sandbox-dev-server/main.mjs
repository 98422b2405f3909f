// A dev server in a sandbox without any network, opened in a browser of the host. It may listen on localhost alone.
// Usage: node main.mjs [required | best-effort]      and ^C ends it
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createSandbox } from "@cloison/sandbox";

const sandbox = await createSandbox({
  mounts: [
    { source: fileURLToPath(new URL("app", import.meta.url)), target: "/workspace", access: "ro" },
    { source: process.execPath, target: "/opt/node", access: "ro" },
  ],
  limits: { memoryMb: 256, pids: 32 },
  enforce: process.argv[2] ?? "required",
});
try {
  const server = await sandbox.commands.start(["/opt/node", "server.mjs", "3000"], { background: true });
  await server.waitForLog("listening");
  const forward = await sandbox.ports.forward(3000);
  console.log(`open ${forward.url} in a browser`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), server.wait()]);
} finally {
  await sandbox.kill();
}
