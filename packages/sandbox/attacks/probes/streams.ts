import { type Probe, type ProbeContext, programInside, refused, succeeded } from "../probe.ts";

const floodMb = 64;
const keptBytes = 65_536;
const bytesPerMb = 2 ** 20;

async function flood(context: ProbeContext) {
  return context.withSandbox(async (sandbox) => {
    const before = process.memoryUsage().rss;
    let largest = before;
    let seen = 0;
    const run = await sandbox.commands.run([programInside, "flood", String(floodMb)], {
      maxOutputBytes: keptBytes,
      onStdout(chunk) {
        seen += chunk.length;
        largest = Math.max(largest, process.memoryUsage.rss());
      },
    });
    return { grownMb: Math.round((largest - before) / bytesPerMb), kept: run.stdout.length, seen };
  });
}

const outputFlood: Probe = {
  id: "output-flood",
  area: "resources",
  title: "output without end",
  method: `write ${floodMb} MB to standard output, of which the host keeps 64 kB`,
  source: "CWE-770, allocation without limits; maxOutputBytes",
  async attack(context) {
    const { grownMb, kept } = await flood(context);
    return kept > keptBytes || grownMb > floodMb
      ? succeeded(`the host kept ${kept} bytes and grew by ${grownMb} MB`)
      : refused(`the host kept ${kept} bytes`);
  },
  async control(context) {
    const { seen } = await flood(context);
    // An emulated processor may not come to the end of it before the act's time is over.
    return seen > 16 * keptBytes ? succeeded(`${seen} bytes came`) : refused(`${seen} bytes came`);
  },
};

const stdin = Buffer.alloc(8 * bytesPerMb);

const unreadInput: Probe = {
  id: "unread-input",
  area: "resources",
  title: "input that nobody reads",
  method: "never read the 8 MB that the host writes to standard input, and outlast the time limit",
  source: "pipe(7): a full pipe holds its writer",
  async attack(context) {
    const run = await context.withSandbox((sandbox) =>
      sandbox.commands.run(["sleep", "9"], { stdin, timeoutMs: 300 }),
    );
    return run.timedOut
      ? refused("ended at its time limit")
      : succeeded(`it ended by itself: ${run.exitCode}`);
  },
  async control(context) {
    const { stdout } = await context.withSandbox((sandbox) => sandbox.commands.run(["wc", "-c"], { stdin }));
    return Number(stdout) === stdin.length ? succeeded(`${stdout.trim()} bytes read`) : refused(stdout);
  },
};

/** What a command does to the host by its standard streams. */
export const streamProbes: readonly Probe[] = [outputFlood, unreadInput];
