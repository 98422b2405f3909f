import { parseDoctorArguments } from "./doctor-arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { didYouMean } from "./nearest.ts";
import { nodeLack } from "./node-version.ts";
import { createReport, type Report } from "./reporter.ts";
import { parseSandboxArguments } from "./sandbox-arguments.ts";
import { doctorUsage, execUsage, overview, shellUsage } from "./usage.ts";
import { WrongUsage } from "./wrong-usage.ts";

interface Part {
  readonly usage: string;
  /** Exit code for wrong arguments, and where this Node.js is too old. */
  readonly wrong: number;
  readonly unfit: number;
  /** Reads the arguments; what it returns does what they ask for. @throws WrongUsage */
  prepare(argv: readonly string[], report: Report): "help" | (() => Promise<number>);
}

// The library is loaded when it is needed, so that help and wrong arguments are answered at once, on any machine.
const parts: Readonly<Record<string, Part>> = {
  exec: {
    usage: execUsage,
    wrong: exitCodes.failed,
    unfit: exitCodes.failed,
    prepare(argv, report) {
      const given = parseSandboxArguments(argv);
      if (given === "help") return given;
      if (given.command.length === 0) throw new WrongUsage("a program to run is missing");
      return async () => (await import("./exec.ts")).exec(given, report);
    },
  },
  shell: {
    usage: shellUsage,
    wrong: exitCodes.failed,
    unfit: exitCodes.failed,
    prepare(argv, report) {
      const given = parseSandboxArguments(argv);
      if (given === "help") return given;
      if (given.command.length > 0)
        throw new WrongUsage(`unknown argument "${given.command[0]}"; to run a program, use exec`);
      return async () => (await import("./shell.ts")).shell(given, report);
    },
  },
  doctor: {
    usage: doctorUsage,
    wrong: exitCodes.wrongArguments,
    unfit: 1,
    prepare(argv) {
      const command = parseDoctorArguments(argv);
      if (command === "help") return command;
      return async () => (await import("./doctor.ts")).doctor(command);
    },
  },
};

/**
 * The `cloison-sandbox` command. Uses the streams, the signals and the environment of this process, and ends it early
 * where nobody reads its output any more.
 *
 * @param argv the arguments, without node and script
 * @param name how the command is called, for messages and help
 * @returns the exit code; see `--help` of each part
 */
export async function sandboxCli(argv: readonly string[], name = "cloison-sandbox"): Promise<number> {
  const [word = "", ...rest] = argv;
  const named = (text: string) => text.replaceAll("$0", name);
  if (word === "--help" || word === "-h") {
    process.stdout.write(named(overview));
    return 0;
  }
  const part = Object.hasOwn(parts, word) ? parts[word] : undefined;
  if (part === undefined) {
    const what = word === "" ? "a command is missing" : `unknown command "${word}"`;
    process.stderr.write(`${name}: ${what}${didYouMean(word, Object.keys(parts))}\n\n${named(overview)}`);
    return exitCodes.wrongArguments;
  }
  const report = createReport(`${name} ${word}`);
  try {
    const ready = part.prepare(rest, report);
    if (ready === "help") {
      process.stdout.write(named(part.usage));
      return 0;
    }
    const lack = nodeLack(process.versions.node);
    if (lack === undefined) return await ready();
    report(lack);
    return part.unfit;
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    report(error.message);
    process.stderr.write(`\n${named(part.usage).split("\n", 1)[0]}\n${name} ${word} --help tells more\n`);
    return part.wrong;
  }
}
