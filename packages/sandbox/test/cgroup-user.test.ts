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
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownHierarchies } from "../src/cgroup/hierarchies.ts";

/** An id that nobody on the machine is likely to have. */
const user = 65533;

const { v1, v2 } = ownHierarchies();
const isRoot = process.geteuid?.() === 0;
const hasSetpriv = spawnSync("setpriv", ["--version"]).status === 0;
const cannot = !isRoot ? " (skipped: needs root)" : !hasSetpriv ? " (skipped: no setpriv)" : "";

/** A copy that the user can read, wherever the checkout lies. */
const copy = mkdtempSync(join(tmpdir(), "cloison-cgroup-"));
const node = join(copy, "node");

/** Runs test/cgroup-host.ts as the user, after joining groups as root. */
function tryAsUser(version: string, groups: readonly string[] = [], root = ""): unknown {
  const enter =
    'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit 99; shift; done; shift; exec "$@"';
  const become = ["setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups", "--"];
  const command = [...become, node, join(copy, "test/cgroup-host.ts"), "try", version, root];
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

describe.skipIf(cannot !== "" || v2 === undefined)(
  `an ordinary user on cgroup v2${cannot || (v2 ? "" : " (skipped: not mounted)")}`,
  () => {
    const directory = join(v2 ?? "", delegated);

    test("is told what to do when no group is delegated", () => {
      expect(tryAsUser("v2")).toMatchObject({
        ...refused,
        message: expect.stringMatching(/may not be divided.*Delegate=yes/),
      });
    });

    test("makes groups below its own group when that is delegated, and leaves none", () => {
      try {
        delegate(directory, ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"]);
        expect(tryAsUser("v2", [directory])).toEqual({ tasksJoined: 1, survived: false, left: 0 });
      } finally {
        if (existsSync(join(directory, "cloison.host"))) rmdirSync(join(directory, "cloison.host"));
        if (existsSync(directory)) rmdirSync(directory);
      }
    });
  },
);

function delegate(directory: string, files: readonly string[]): void {
  mkdirSync(directory);
  chownSync(directory, user, user);
  for (const file of files) chownSync(join(directory, file), user, user);
}
