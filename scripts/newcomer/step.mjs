// One line a step: what is done, then how long it took. Output is kept back, and its end shown only on failure.
import { spawn } from "node:child_process";
import { constants } from "node:os";

const SHOWN_LINES = 40;
const KEPT_BYTES = 64 * 1024;

/** @typedef {readonly [file: string, ...args: string[]]} Command */

/** A step ended with an error; the message says which, and shows the end of what it printed. */
export class StepFailed extends Error {
  /** @param {string} title @param {string} how @param {string} output */
  constructor(title, how, output) {
    const tail = output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
    super(`${tail ? `${tail}\n` : ""}cloison: "${title}" ${how}`);
    this.name = "StepFailed";
  }
}

/**
 * Runs a command as one step.
 * @param {string} title what the line says
 * @param {Command} command
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, out?: NodeJS.WritableStream }} options
 * @returns {Promise<void>} rejects with StepFailed
 */
export async function step(title, command, options) {
  const out = options.out ?? process.stdout;
  const started = process.hrtime.bigint();
  out.write(`${title.padEnd(52, " ")} `);
  const { how, output } = await run(command, options);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  out.write(how ? "FAILED\n" : `${seconds.toFixed(1).padStart(6)} s\n`);
  if (how) throw new StepFailed(title, how, output);
}

/**
 * @param {Command} command
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ how: string | undefined, output: string }>} how it failed, if it did
 */
function run([file, ...args], { cwd, env }) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const keep = (/** @type {string} */ chunk) => {
      output = (output + chunk).slice(-KEPT_BYTES);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.once("error", (error) => resolve({ how: `could not start ${file}: ${error.message}`, output }));
    child.once("close", (code, signal) => {
      const how =
        code === 0 ? undefined : signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      resolve({ how, output });
    });
  });
}

/**
 * Runs the job itself: it owns the terminal, and signals go on to it, so that it can end cleanly.
 * @param {Command} command
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code to end with; 128 + n after signal n, as shells do
 */
export function handOver([file, ...args], { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: "inherit" });
    // ^C at a terminal reaches the child by itself (same process group); a second one would cut its cleaning short.
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      if (!(signal === "SIGINT" && process.stdin.isTTY)) child.kill(signal);
    };
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
