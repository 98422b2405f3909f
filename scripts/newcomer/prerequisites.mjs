// What must be on the machine before anything is set up. Each lack is one line that names the fix. What the kernel
// must have is examined by `npm run doctor`, once the launcher is built.
import { spawnSync } from "node:child_process";

/**
 * What the checks look at, so that a test can describe any machine.
 * @typedef {object} Host
 * @property {string} platform as in process.platform
 * @property {string} arch as in process.arch
 * @property {string} nodeVersion as in process.versions.node
 * @property {(command: string, args: string[], input?: string) => "ok" | "failed" | "missing"} tries
 */

/** @returns {Host} */
export function thisHost() {
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    tries(command, args, input = "") {
      const { status, error } = spawnSync(command, args, { input, stdio: ["pipe", "ignore", "ignore"] });
      if (error && "code" in error && error.code === "ENOENT") return "missing";
      return status === 0 ? "ok" : "failed";
    },
  };
}

/**
 * @param {Host} host
 * @returns {string[]} one line a lack; empty when the machine is ready
 */
export function checkPrerequisites(host) {
  if (host.platform !== "linux" || !["x64", "arm64"].includes(host.arch)) {
    return [
      `needs Linux on x64 or arm64, and this is ${host.platform} on ${host.arch}: use a Linux machine or virtual machine`,
    ];
  }
  const lacks = [node(host), npm(host), compiler(host), make(host)];
  return lacks.filter((lack) => lack !== undefined);
}

/** @param {Host} host */
function node({ nodeVersion }) {
  if (Number.parseInt(nodeVersion, 10) >= 18) return undefined;
  return `needs Node.js 18 or later to set itself up, and this is ${nodeVersion}: install a newer one (https://nodejs.org)`;
}

/** @param {Host} host */
function npm({ tries }) {
  if (tries("npm", ["--version"]) === "ok") return undefined;
  return "needs npm to fetch its tools: install it, e.g. `apt-get install npm`";
}

const INSTALL_CC =
  "e.g. `apt-get install gcc libc6-dev make` (Debian, Ubuntu) or `dnf install gcc glibc-devel make` (Fedora, RHEL)";

/** @param {Host} host */
function compiler({ tries }) {
  const probe = "#include <stdio.h>\n#include <linux/seccomp.h>\nint main(void) { return 0; }\n";
  const found = tries("cc", ["-x", "c", "-fsyntax-only", "-"], probe);
  if (found === "ok") return undefined;
  if (found === "missing") return `needs a C compiler named cc, for the sandbox launcher: ${INSTALL_CC}`;
  return `cc is here, but not the headers of libc and Linux: ${INSTALL_CC}`;
}

/** @param {Host} host */
function make({ tries }) {
  return tries("make", ["--version"]) === "ok"
    ? undefined
    : `needs make, for the sandbox launcher: ${INSTALL_CC}`;
}
