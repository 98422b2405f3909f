// A shell in a sandbox, in your terminal: whatever is done in it, nothing of it is left.
// `npx @cloison/sandbox shell` is the same with options, and for every kind of terminal.
// Usage: node main.mjs [required | best-effort]
import { createSandbox } from "@cloison/sandbox";

const { stdin, stdout } = process;
const size = () => ({ cols: stdout.columns ?? 80, rows: stdout.rows ?? 24 });

const sandbox = await createSandbox({ enforce: process.argv[2] ?? "required" });
try {
  const terminal = await sandbox.pty.create({ ...size(), onData: (chunk) => stdout.write(chunk) });
  stdout.on("resize", () => terminal.resize(size()));
  stdin.setRawMode?.(true); // every key is the shell's, ^C too
  stdin.on("data", (typed) => terminal.write(typed).catch(() => {})); // the shell may have ended
  process.exitCode = (await terminal.wait()).exitCode ?? 1;
} finally {
  stdin.setRawMode?.(false);
  stdin.destroy();
  await sandbox.kill();
}
