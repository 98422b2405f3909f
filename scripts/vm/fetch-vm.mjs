#!/usr/bin/env node
// Fetches qemu, Debian's kernel for clouds and a small Debian for `npm run test:vm` into .tools/vm/, by apt and
// without installing anything. Does nothing when all is there; --refresh fetches the newest again.
import {
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApt, run, VmUnavailable } from "./apt.mjs";
import { guestPackages, hostPackages, kernelPackage, layout, readFetched, wanted } from "./layout.mjs";

/**
 * @param {string} root the checkout
 * @param {{ refresh?: boolean }} [options]
 * @returns {import("./layout.mjs").Fetched}
 * @throws VmUnavailable with what this machine lacks
 */
export function fetchVm(root, { refresh = false } = {}) {
  const here = readFetched(root);
  if (here && !refresh) return here;
  if (process.arch !== "x64")
    throw new VmUnavailable(`the virtual machine is x64, and this is ${process.arch}`);
  const paths = layout(root, "vm.new");
  rmSync(paths.directory, { recursive: true, force: true });
  mkdirSync(paths.downloads, { recursive: true });
  const apt = createApt(paths.downloads);
  apt.update();
  const kernelName = apt.dependency(kernelPackage, /^linux-image-\d/);
  unpack([apt.download(kernelName)], paths.guest);
  unpack(apt.downloadAll("host", hostPackages), paths.host);
  unpack(apt.downloadAll("guest", guestPackages), paths.guest);
  const fetched = { wanted, kernel: kernelName.replace("linux-image-", "") };
  rmSync(paths.downloads, { recursive: true });
  writeFileSync(paths.stamp, JSON.stringify(fetched));
  rmSync(layout(root).directory, { recursive: true, force: true });
  renameSync(paths.directory, layout(root).directory);
  return fetched;
}

/** Into a root of today's shape, where /bin is /usr/bin; the packages still name both. @param {readonly string[]} packages @param {string} root */
function unpack(packages, root) {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    if (!readdirSync(root).includes(name)) symlinkSync(join("usr", name), join(root, name));
  }
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -xp --keep-directory-symlink --no-same-owner -C "$2"';
  for (const path of packages) run("bash", ["-o", "pipefail", "-c", script, "bash", path, root]);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
    const { kernel } = fetchVm(root, { refresh: process.argv.includes("--refresh") });
    console.log(`virtual machine: Linux ${kernel}`);
  } catch (error) {
    if (!(error instanceof VmUnavailable)) throw error;
    console.error(`no virtual machine here: ${error.message}`);
    process.exitCode = 1;
  }
}
