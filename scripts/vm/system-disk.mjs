// The guest's root disk and what the machine boots from: made once from what was fetched.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { hashOf, readStamp, writeStamp } from "../newcomer/stamp.mjs";
import { makeCpio } from "./cpio.mjs";
import { makeDisk, runHostProgram } from "./host-programs.mjs";
import { layout } from "./layout.mjs";

const sizeMb = 700;

/**
 * @param {string} root the checkout
 * @param {{ kernel: string, node: string }} parts `node`: the program
 */
export function makeSystem(root, { kernel, node }) {
  const paths = layout(root);
  const scripts = ["system-disk.mjs", "guest/first.sh", "guest/init.sh", "cpio.mjs"];
  const hash =
    hashOf([paths.stamp, ...scripts.map((name) => join(import.meta.dirname, name))]) + basename(node);
  const stamp = { path: join(paths.directory, "system.stamp"), hash };
  if (readStamp(stamp) && existsSync(paths.system)) return;
  rmSync(stamp.path, { force: true });
  fillGuest(paths.guest, node);
  runHostProgram(root, ["depmod", "--basedir", paths.guest, kernel]);
  makeBoot(root, kernel);
  makeDisk(root, { path: paths.system, sizeMb, from: paths.guest });
  writeStamp(stamp);
}

/** @param {string} guest @param {string} node */
function fillGuest(guest, node) {
  for (const name of ["project", "etc", "usr/local/bin", "usr/sbin"])
    mkdirSync(join(guest, name), { recursive: true });
  rmSync(join(guest, "usr/share/doc"), { recursive: true, force: true });
  copyFileSync(node, join(guest, "usr/local/bin/node"));
  const init = join(guest, "usr/sbin/cloison-init");
  copyFileSync(join(import.meta.dirname, "guest/init.sh"), init);
  chmodSync(init, 0o755);
  // What scripts of these packages would do where they are installed.
  mkdirSync(join(guest, "etc/ssl/certs"), { recursive: true });
  rmSync(join(guest, "usr/bin/awk"), { force: true });
  symlinkSync("mawk", join(guest, "usr/bin/awk"));
  const users = [
    "root:x:0:0:root:/root:/bin/sh",
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
  ];
  writeFileSync(join(guest, "etc/passwd"), `${users.join("\n")}\n`);
  writeFileSync(join(guest, "etc/group"), "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n");
  for (const name of ["subuid", "subgid"]) writeFileSync(join(guest, "etc", name), "");
  writeFileSync(join(guest, "etc/hosts"), "127.0.0.1 localhost vm\n");
}

/** Kernel and initial file system, with the one driver that the kernel has not built in. @param {string} root @param {string} kernel */
function makeBoot(root, kernel) {
  const { guest, boot } = layout(root);
  mkdirSync(boot, { recursive: true });
  copyFileSync(join(guest, "boot", `vmlinuz-${kernel}`), join(boot, "vmlinuz"));
  const modules = ["virtio_pci", "virtio_blk"].flatMap((name) => insmods(root, kernel, name));
  const order = [...new Set(modules)];
  /** @param {string} path */
  const file = (path) => readFileSync(path);
  const entries = [
    { path: "bin" },
    { path: "bin/busybox", content: file(join(guest, "usr/bin/busybox")) },
    { path: "init", content: file(join(import.meta.dirname, "guest/first.sh")) },
    { path: "modules" },
    { path: "modules/order", content: Buffer.from(order.map((path) => `${basename(path)}\n`).join("")) },
    ...order.map((path) => ({ path: `modules/${basename(path)}`, content: file(path) })),
  ];
  writeFileSync(join(boot, "initrd"), makeCpio(entries));
}

/** @param {string} root @param {string} kernel @param {string} name @returns {string[]} paths of a module and what it needs, in order */
function insmods(root, kernel, name) {
  const where = ["--dirname", layout(root).guest, "--set-version", kernel];
  const lines = runHostProgram(root, ["modprobe", ...where, "--show-depends", name]).split("\n");
  return lines.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []);
}
