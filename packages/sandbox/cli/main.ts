#!/usr/bin/env node
import { parseCommand, usage } from "./arguments.ts";
import { nodeLack } from "./node-version.ts";

/**
 * The `cloison-sandbox` command.
 *
 * @returns the exit code: 0 all is well, 1 it is not, 2 wrong arguments
 */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv);
  if (command.kind === "wrong") {
    process.stderr.write(`cloison-sandbox: ${command.message}\n\n${usage}`);
    return 2;
  }
  if (command.kind === "help") {
    process.stdout.write(usage);
    return 0;
  }
  const lack = nodeLack(process.versions.node);
  if (lack !== undefined) {
    process.stderr.write(`cloison-sandbox: ${lack}\n`);
    return 1;
  }
  // loaded only now, so that help and wrong arguments are answered at once, on any machine
  const { doctor } = await import("./doctor.ts");
  return await doctor(command);
}

// Nobody reads any more, as with `| head`: the verdict is not told, so nothing is called well.
process.stdout.on("error", () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
