import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { ownHierarchies } from "../src/cgroup/hierarchies.ts";

const mount = (root: string, point: string, type: string, options: string) =>
  `40 31 0:36 ${root} ${point} rw,nosuid shared:9 master:1 - ${type} none rw,${options}`;

function find(cgroup: string[], mountinfo: string[], root?: string) {
  const { v1, v2 } = ownHierarchies(root, { cgroup: cgroup.join("\n"), mountinfo: mountinfo.join("\n") });
  return { v1: Object.fromEntries(v1), v2 };
}

test("a systemd host with v2 only", () => {
  const own = ["0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope", ""];
  const mounts = [
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
    mount("/", "/sys/fs/cgroup", "cgroup2", "nsdelegate"),
  ];
  expect(find(own, mounts)).toEqual({
    v1: {},
    v2: "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope",
  });
});

test("a v1 host where processor controllers are mounted together, and a named hierarchy has none", () => {
  const own = ["3:memory:/ssh", "2:cpu,cpuacct:/slice", "1:name=systemd:/ssh", "0::/ssh"];
  const mounts = [
    mount("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "cpu,cpuacct"),
    mount("/", "/sys/fs/cgroup/memory", "cgroup", "memory"),
    mount("/", "/sys/fs/cgroup/unified", "cgroup2", "nsdelegate"),
  ];
  expect(find(own, mounts)).toEqual({
    v1: {
      cpu: "/sys/fs/cgroup/cpu,cpuacct/slice",
      cpuacct: "/sys/fs/cgroup/cpu,cpuacct/slice",
      memory: "/sys/fs/cgroup/memory/ssh",
    },
    v2: "/sys/fs/cgroup/unified/ssh",
  });
});

test("a container that sees its own group at the mount point, by the host's path", () => {
  const own = ["3:memory:/docker/abc/inner", "2:pids:/docker/abc"];
  const mounts = [
    mount("/docker/abc", "/sys/fs/cgroup/memory", "cgroup", "memory"),
    mount("/docker/abc", "/sys/fs/cgroup/pids", "cgroup", "pids"),
  ];
  expect(find(own, mounts).v1).toEqual({
    memory: "/sys/fs/cgroup/memory/inner",
    pids: "/sys/fs/cgroup/pids",
  });
});

test("a group outside of what the mount shows is none, and the first mount that shows it wins", () => {
  const own = ["3:memory:/elsewhere", "2:pids:/../sibling", "1:cpu:/a"];
  const mounts = [
    mount("/docker/abc", "/sys/fs/cgroup/memory", "cgroup", "memory"),
    mount("/", "/sys/fs/cgroup/pids", "cgroup", "pids"),
    mount("/b", "/bind", "cgroup", "cpu"),
    mount("/", "/with\\040space", "cgroup", "cpu"),
    mount("/a", "/second", "cgroup", "cpu"),
  ];
  expect(find(own, mounts)).toEqual({ v1: { cpu: "/with space/a" }, v2: undefined });
});

test("a root of one's own replaces the process's group in every hierarchy", () => {
  const mounts = [
    mount("/", "/sys/fs/cgroup/memory", "cgroup", "memory"),
    mount("/", "/sys/fs/cgroup/unified", "cgroup2", "nsdelegate"),
  ];
  expect(find(["3:memory:/ssh", "0::/ssh"], mounts, "/agents")).toEqual({
    v1: { memory: "/sys/fs/cgroup/memory/agents" },
    v2: "/sys/fs/cgroup/unified/agents",
  });
});

test("this machine's own groups are directories that exist", () => {
  const { v1, v2 } = ownHierarchies();
  for (const directory of [...v1.values(), ...(v2 ? [v2] : [])])
    expect(existsSync(directory), directory).toBe(true);
});
