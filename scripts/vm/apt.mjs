// Debian packages by apt, into a directory of our own: nothing is installed, and apt's own lists and cache stay
// as they are. Works as any user. What comes is checked by apt against the signed lists.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why there is no virtual machine here; the message says what is missing, and what to do where something helps. */
export class VmUnavailable extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.name = "VmUnavailable";
  }
}

/**
 * @param {string} directory for apt's lists and what it downloads
 */
export function createApt(directory) {
  const lists = join(directory, "lists");
  const options = aptOptions(directory, lists);
  return {
    /** Brings the lists up to date. */
    update() {
      mkdirSync(join(lists, "partial"), { recursive: true });
      writeFileSync(join(directory, "status"), "");
      run("apt-get", [...options, "-qq", "update"]);
    },

    /**
     * @param {string} name a package without files of its own
     * @param {RegExp} wanted
     * @returns {string} the package of this kind that it needs
     */
    dependency(name, wanted) {
      const lines = run("apt-cache", [...options, "depends", "--important", name]).split("\n");
      const found = lines.map((line) => line.split(": ")[1] ?? "").find((each) => wanted.test(each));
      if (found === undefined) throw new VmUnavailable(`apt knows no ${wanted} that ${name} stands for`);
      return found;
    },

    /** @param {string} name @returns {string} the path of the package alone */
    download(name) {
      const [path = ""] = fetchInto(join(directory, "alone"), (into) =>
        run("apt-get", [...options, "-qq", "download", name], into),
      );
      return path;
    },

    /**
     * @param {string} set a name for the directory of these packages
     * @param {readonly string[]} names
     * @returns {string[]} paths of these packages and all that they need, as on a machine where nothing is installed
     */
    downloadAll(set, names) {
      return fetchInto(join(directory, set), (into) =>
        run("apt-get", [
          ...options,
          "-qq",
          "-y",
          "-o",
          `Dir::Cache::archives=${into}`,
          "--no-install-recommends",
          "--download-only",
          "install",
          ...names,
        ]),
      );
    },
  };
}

/** @param {string} directory @param {string} lists */
function aptOptions(directory, lists) {
  return [
    `Dir::State::lists=${lists}`,
    `Dir::State::status=${join(directory, "status")}`,
    `Dir::Cache::pkgcache=`,
    `Dir::Cache::srcpkgcache=`,
    // only our own directories are used, and apt's user for downloads may not reach them
    "Debug::NoLocking=1",
    "APT::Sandbox::User=root",
    "APT::Get::AllowUnauthenticated=0",
    "Acquire::Languages=none",
  ].flatMap((option) => ["-o", option]);
}

/** @param {string} into @param {(into: string) => void} fetch */
function fetchInto(into, fetch) {
  mkdirSync(join(into, "partial"), { recursive: true });
  fetch(into);
  return readdirSync(into)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(into, name));
}

/**
 * @param {string} program @param {readonly string[]} args @param {string} [cwd]
 * @returns {string} what it printed
 */
export function run(program, args, cwd) {
  const { stdout, stderr, status, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw new VmUnavailable(`${program} cannot be started: ${error.message}`, error);
  if (status === 0) return stdout;
  throw new VmUnavailable(
    `${[program, ...args.slice(-2)].join(" ")} failed: ${stderr.trim() || `exit code ${status}`}`,
  );
}
