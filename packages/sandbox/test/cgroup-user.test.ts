import { spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ownHierarchies } from "../src/cgroup/hierarchies.ts";
import { availableDriver } from "./cgroup-processes.ts";

/** An id that nobody on the machine is likely to have. */
const user = 65533;

const { v1 } = ownHierarchies();
const isRoot = process.geteuid?.() === 0;
// By its path: busybox's shell would prefer its own, which cannot change ids.
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(existsSync);
const cannot = !isRoot ? " (skipped: needs root)" : setpriv === undefined ? " (skipped: no setpriv)" : "";

/** A copy that the user can read, wherever the checkout lies. */
const copy = mkdtempSync(join(tmpdir(), "cloison-cgroup-"));
const node = join(copy, "node");

/** Runs test/cgroup-host.ts as the user, after joining groups as root. */
function tryAsUser(version: string, groups: readonly string[] = []): unknown {
  const enter =
    'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit 99; shift; done; shift; exec "$@"';
  const become = [
    setpriv ?? "setpriv",
    "--reuid",
    String(user),
    "--regid",
    String(user),
    "--clear-groups",
    "--",
  ];
  const command = [...become, node, join(copy, "test/cgroup-host.ts"), "try", version];
  const { stdout, stderr } = spawnSync("sh", ["-c", enter, "sh", ...groups, "--", ...command], {
    cwd: "/",
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

beforeAll(() => {
  const package_ = join(import.meta.dirname, "..");
  chmodSync(copy, 0o755);
  cpSync(join(package_, "src"), join(copy, "src"), { recursive: true });
  mkdirSync(join(copy, "test"));
  for (const file of ["cgroup-host.ts", "cgroup-processes.ts"])
    cpSync(join(package_, "test", file), join(copy, "test", file));
  writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
  copyFileSync(process.execPath, node);
  accessSync(node, constants.X_OK);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const refused = { name: "CgroupUnavailableError", code: "CGROUP_UNAVAILABLE" };
const delegated = `cloison-test-delegated-${process.pid}`;

describe.skipIf(cannot !== "" || !v1.has("freezer"))(
  `an ordinary user on cgroup v1${cannot || (v1.has("freezer") ? "" : " (skipped: not mounted)")}`,
  () => {
    const bases = ["freezer", "memory", "pids"].flatMap((controller) => v1.get(controller) ?? []);
    const directories = bases.map((base) => join(base, delegated));

    test("is told what to do when no group is delegated", () => {
      expect(tryAsUser("v1")).toMatchObject(refused);
      expect(tryAsUser("v1")).toMatchObject({
        message: expect.stringMatching(/"freezer".*Delegate=yes.*container/),
      });
    });

    test("makes limited groups below its own group when that is delegated, and leaves none", () => {
      try {
        for (const directory of directories) delegate(directory, ["cgroup.procs", "tasks"]);
        expect(tryAsUser("v1", directories)).toEqual({ tasksJoined: 1, survived: false, left: 0 });
      } finally {
        for (const directory of directories) if (existsSync(directory)) rmdirSync(directory);
      }
    });

    test("is told which hierarchy is missing when only some are delegated", () => {
      const [freezer = "", memory = ""] = directories;
      try {
        for (const directory of [freezer, memory]) delegate(directory, ["cgroup.procs", "tasks"]);
        expect(tryAsUser("v1", [freezer, memory])).toMatchObject({
          ...refused,
          message: expect.stringMatching(/"pids" may not be written/),
        });
      } finally {
        for (const directory of [freezer, memory]) if (existsSync(directory)) rmdirSync(directory);
      }
    });
  },
);

const driver = availableDriver("v2");

if (cannot !== "" || typeof driver === "string") {
  test.skip(`an ordinary user on cgroup v2${cannot || ` (skipped: ${driver})`}`);
} else {
  describe("an ordinary user on cgroup v2", () => {
    const directory = join(driver.bases[0] ?? "", delegated);
    const hasControllers = driver.description.includes("memory");

    afterEach(() => {
      for (const each of [join(directory, "cloison.host"), directory]) if (existsSync(each)) rmdirSync(each);
    });

    test("is told what to do when no group is delegated", () => {
      const message = expect.stringMatching(/may not be divided.*Delegate=yes/);
      expect(tryAsUser("v2")).toMatchObject({ ...refused, message });
    });

    test("makes groups below its own group when that is delegated, and leaves none", () => {
      delegate(directory, ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"]);
      expect(tryAsUser("v2", [directory])).toEqual({ tasksJoined: 1, survived: false, left: 0 });
      expect(existsSync(join(directory, "cloison.host"))).toBe(hasControllers);
    });

    const why = hasControllers ? "" : " (skipped: no v2 controllers)";
    test.skipIf(!hasControllers)(
      `is told, and left where it was, when it may not enable controllers${why}`,
      () => {
        delegate(directory, ["cgroup.procs"]);
        expect(tryAsUser("v2", [directory])).toMatchObject({
          ...refused,
          message: expect.stringMatching(/cannot enable/),
        });
        expect(existsSync(join(directory, "cloison.host"))).toBe(false);
      },
    );
  });
}

function delegate(directory: string, files: readonly string[]): void {
  mkdirSync(directory);
  chownSync(directory, user, user);
  for (const file of files) chownSync(join(directory, file), user, user);
}
