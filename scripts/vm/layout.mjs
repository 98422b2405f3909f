// Where the virtual machine's parts lie inside the checkout.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Packages whose programs run here, unpacked: the machine, and what makes its disks. */
export const hostPackages = ["qemu-system-x86", "e2fsprogs", "kmod"];

/** Packages of the guest: a small Debian that a sandbox can show as its host. */
export const guestPackages = [
  "base-files",
  "busybox-static",
  "coreutils",
  "dash",
  "findutils",
  "grep",
  "kmod",
  "hostname",
  "libstdc++6",
  "mawk",
  "mount",
  "procps",
  "sed",
  "tar",
  "uidmap",
  "util-linux",
];

/** The package that stands for the newest of Debian's kernels for clouds. */
export const kernelPackage = "linux-image-cloud-amd64";

/** @param {string} root the checkout @param {string} [name] of the directory, for one that is still being made */
export function layout(root, name = "vm") {
  const directory = join(root, ".tools", name);
  return {
    directory,
    /** Says what was fetched, when all of it was. */
    stamp: join(directory, "fetched.json"),
    /** Programs for this machine. */
    host: join(directory, "host"),
    /** The guest's root directory, before it becomes a disk. */
    guest: join(directory, "guest"),
    /** Kernel and initial file system. */
    boot: join(directory, "boot"),
    /** The disk with the guest's root. */
    system: join(directory, "system.ext4"),
    downloads: join(directory, "downloads"),
  };
}

/**
 * @typedef {object} Fetched
 * @property {readonly string[]} wanted what the packages were asked for
 * @property {string} kernel its version, as in `uname -r`
 */

/** All that is asked for: another list needs another fetch. */
export const wanted = [...hostPackages, "|", ...guestPackages, "|", kernelPackage];

/** @param {string} root @returns {Fetched | undefined} what is here, when all is */
export function readFetched(root) {
  const { stamp } = layout(root);
  if (!existsSync(stamp)) return undefined;
  /** @type {Fetched} */
  const fetched = JSON.parse(readFileSync(stamp, "utf8"));
  return fetched.wanted.join() === wanted.join() ? fetched : undefined;
}
