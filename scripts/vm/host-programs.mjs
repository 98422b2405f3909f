// Programs that were fetched run with the libraries that were fetched with them, whatever this machine has.
import { join } from "node:path";
import { run } from "./apt.mjs";
import { layout } from "./layout.mjs";

const programs = {
  "qemu-system-x86_64": "usr/bin/qemu-system-x86_64",
  mke2fs: "usr/sbin/mke2fs",
  depmod: "usr/bin/kmod",
  modprobe: "usr/bin/kmod",
};

/** @typedef {readonly [program: keyof typeof programs, ...args: string[]]} HostCommand */

/**
 * @param {string} root the checkout
 * @param {HostCommand} command
 * @returns {[file: string, ...args: string[]]} a command line for this machine
 */
export function hostCommand(root, [program, ...args]) {
  const { host } = layout(root);
  const loader = join(host, "lib64/ld-linux-x86-64.so.2");
  const libraries = join(host, "usr/lib/x86_64-linux-gnu");
  return [loader, "--library-path", libraries, "--argv0", program, join(host, programs[program]), ...args];
}

/**
 * Runs one to its end. Files that belong to this user are root's for it, so that they are in what it makes.
 *
 * @param {string} root the checkout @param {HostCommand} command
 * @returns {string} what it printed
 */
export function runHostProgram(root, command) {
  const line = hostCommand(root, command);
  const isRoot = process.geteuid?.() === 0;
  const [file = "", ...args] = isRoot ? line : ["unshare", "--user", "--map-root-user", ...line];
  return run(file, args);
}

/**
 * Makes a disk with a file system.
 *
 * @param {string} root the checkout
 * @param {{ path: string, sizeMb: number, from?: string, features?: readonly string[] }} disk `from`: a directory
 *   whose files it holds
 */
export function makeDisk(root, { path, sizeMb, from, features = [] }) {
  const args = [
    "-q",
    "-F",
    "-t",
    "ext4",
    "-m",
    "0",
    "-E",
    "lazy_itable_init=1,lazy_journal_init=1,nodiscard",
  ];
  if (features.length > 0) args.push("-O", features.join());
  if (from !== undefined) args.push("-d", from);
  runHostProgram(root, ["mke2fs", ...args, path, `${sizeMb}M`]);
}
