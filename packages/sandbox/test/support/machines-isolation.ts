import { launcherAt, ran, refused } from "./described-host.ts";
import { allInside, dockerFiles, type Machine, noSandbox, notFirst } from "./machines.ts";

/** Machines on which something that isolates is missing or less. */
export const isolationMachines: readonly Machine[] = [
  ["macOS", { platform: "darwin", untried: "all", ...noSandbox }, "system", "missing", /virtual machine/],
  ["another processor", { arch: "ia32", ...noSandbox }, "system", "missing", /x64 or arm64/],
  [
    "RHEL 8",
    {
      ...noSandbox,
      files: {
        "/proc/sys/kernel/osrelease": "4.18.0-553.el8_10.x86_64",
        "/etc/os-release": 'ID="rhel"\nVERSION_ID="8.10"',
      },
      failing: {
        "mount clone": ["mount clone", "ENOSYS"],
        "mount attributes": ["mount attributes", "ENOSYS"],
      },
    },
    "system",
    "missing",
    /release 9 or later/,
  ],
  [
    "a kernel without mount_setattr",
    {
      ...noSandbox,
      files: { "/proc/sys/kernel/osrelease": "5.10.0-28-amd64" },
      failing: { "mount attributes": ["mount attributes", "ENOSYS"] },
    },
    "mounts",
    "missing",
    /Linux 5\.12/,
  ],
  [
    "WSL 1",
    { ...noSandbox, files: { "/proc/sys/kernel/osrelease": "4.4.0-19041-Microsoft" }, untried: "all" },
    "system",
    "missing",
    /wsl --set-version/,
  ],
  [
    "an old WSL 2",
    { ...noSandbox, files: { "/proc/sys/kernel/osrelease": "5.10.16.3-microsoft-standard-WSL2" } },
    "system",
    "missing",
    /wsl --update/,
  ],
  [
    "gVisor",
    {
      ...noSandbox,
      files: {
        "/proc/version": "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016",
        "/proc/sys/kernel/osrelease": "4.4.0",
      },
      failing: { "mount clone": ["mount clone", "ENOSYS"] },
    },
    "system",
    "missing",
    /--runtime=runc/,
  ],
  [
    "gVisor by its newer name",
    {
      ...noSandbox,
      files: { "/proc/version": "Linux version 4.19.0-gvisor #1 SMP Sun Jan 10 15:06:54 PST 2016" },
    },
    "system",
    "missing",
    /virtual machine/,
  ],
  [
    "no launcher",
    { ...noSandbox, launcher: { problem: "there is no launcher" }, untried: "all" },
    "launcher",
    "missing",
    /npm install @cloison\/sandbox-linux-x64/,
  ],
  ["a launcher that cannot be run", { ...noSandbox, untried: "all" }, "launcher", "missing", /noexec/],
  [
    "a launcher that needs a C library",
    { launcher: { path: launcherAt, linking: "dynamic" } },
    "launcher",
    "limited",
    /musl/,
  ],
  [
    "Ubuntu 24.04",
    {
      ...noSandbox,
      uid: 1000,
      files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1" },
      failing: { "privileges inside": ["mount", "EACCES"], "mount clone": ["mount clone", "EPERM"] },
    },
    "user namespaces",
    "missing",
    /abi <abi\/4\.0>,[\s\S]*profile cloison-launcher "\/srv\/app[^"]*" flags=\(unconfined\) \{[\s\S]*userns,[\s\S]*apparmor_parser --replace/,
  ],
  [
    "user.max_user_namespaces = 0",
    {
      ...noSandbox,
      files: { "/proc/sys/user/max_user_namespaces": "0" },
      failing: allInside("clone", "ENOSPC"),
    },
    "user namespaces",
    "missing",
    /user\.max_user_namespaces=15000 .*sysctl -p/,
  ],
  [
    "Debian's kernel.unprivileged_userns_clone = 0",
    {
      ...noSandbox,
      uid: 1000,
      files: { "/proc/sys/kernel/unprivileged_userns_clone": "0" },
      failing: allInside("clone", "EPERM"),
    },
    "user namespaces",
    "missing",
    /kernel\.unprivileged_userns_clone=1/,
  ],
  [
    "a kernel without user namespaces",
    { ...noSandbox, files: { "/proc/self/ns/user": null }, failing: allInside("clone", "EINVAL") },
    "user namespaces",
    "missing",
    /CONFIG_USER_NS=y/,
  ],
  [
    "a user in a Docker container without privileges",
    { ...noSandbox, uid: 1000, files: dockerFiles, failing: allInside("clone", "ENOSYS") },
    "user namespaces",
    "missing",
    /docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined/,
  ],
  [
    "a user in a Podman container without privileges",
    {
      ...noSandbox,
      uid: 1000,
      files: { ...dockerFiles, "/.dockerenv": null, "/run/.containerenv": "" },
      failing: allInside("clone", "EPERM"),
    },
    "user namespaces",
    "missing",
    /podman run .*unmask=ALL/,
  ],
  [
    "root in a container without its capabilities",
    {
      ...noSandbox,
      files: dockerFiles,
      failing: notFirst(allInside("ids", "EPERM")),
    },
    "ids",
    "missing",
    /CAP_SYS_ADMIN[\s\S]*docker run --cap-add SYS_ADMIN/,
  ],
  [
    "root of a user namespace with one id",
    { ...noSandbox, failing: notFirst(allInside("id map", "EPERM")) },
    "ids",
    "missing",
    /too few ids are mapped/,
  ],
  [
    "a container with masked paths in /proc",
    { ...noSandbox, uid: 1000, files: dockerFiles, failing: { proc: ["new file system", "EPERM"] } },
    "proc",
    "missing",
    /systempaths=unconfined/,
  ],
  [
    "a container whose filter refuses keyrings",
    { ...noSandbox, uid: 1000, files: dockerFiles, failing: { keyring: ["keyring", "EPERM"] } },
    "keyring",
    "missing",
    /seccomp=unconfined/,
  ],
  [
    "no network namespaces left",
    {
      ...noSandbox,
      files: { "/proc/sys/user/max_net_namespaces": "0" },
      failing: { "network namespace": ["clone", "ENOSPC"] },
    },
    "namespaces",
    "missing",
    /user\.max_net_namespaces=15000/,
  ],
  [
    "a kernel without seccomp",
    { ...noSandbox, failing: { "seccomp filter": ["seccomp", "EINVAL"] } },
    "seccomp",
    "missing",
    /CONFIG_SECCOMP_FILTER/,
  ],
  [
    "a kernel without notifications",
    { failing: { "seccomp notification": ["seccomp", "EOPNOTSUPP"] } },
    "denials",
    "limited",
    /Linux 5\.0/,
  ],
  [
    "an overlay that user namespaces may not mount",
    { failing: { overlay: ["new file system", "EPERM"] } },
    "writable system",
    "limited",
    /Linux 5\.11/,
  ],
  [
    "a file system that cannot lie under an overlay",
    { sandbox: ({ writableSystem = false }) => (writableSystem ? refused : ran) },
    "writable system",
    "limited",
    /\/usr on ext4/,
  ],
  [
    "no overlay module",
    { failing: { overlay: ["new file system", "ENODEV"] } },
    "writable system",
    "limited",
    /modprobe overlay/,
  ],
  [
    "a working directory on a file system without idmapped mounts",
    {
      files: {
        "/proc/self/mountinfo":
          "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:3 / /srv rw - nfs4 server:/ rw\n3 1 0:4 / /sys/fs/cgroup rw - cgroup2 c rw",
      },
      failing: { "mount id map": ["mount id map", "EINVAL"] },
    },
    "workspace ids",
    "limited",
    /outside of network file systems/,
  ],
  [
    "a working directory on a file system that learnt it later",
    {
      files: {
        "/proc/self/mountinfo": "1 0 8:1 / / rw - tmpfs tmpfs rw\n3 1 0:4 / /sys/fs/cgroup rw - cgroup2 c rw",
      },
      failing: { "mount id map": ["mount id map", "EINVAL"] },
    },
    "workspace ids",
    "limited",
    /Linux 6\.3 or later/,
  ],
];
