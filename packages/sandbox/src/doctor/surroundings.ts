import type { Host } from "./host.ts";

type Reader = Pick<Host, "read">;

/** Major and minor number of the kernel, such as [6, 1]; [0, 0] where it does not say. */
function kernelVersion({ read }: Reader): readonly [number, number] {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(read("/proc/sys/kernel/osrelease") ?? "") ?? [];
  return [Number(major), Number(minor)];
}

export function kernelIsAtLeast(reader: Reader, major: number, minor: number): boolean {
  const [isMajor, isMinor] = kernelVersion(reader);
  return isMajor > major || (isMajor === major && isMinor >= minor);
}

/** gVisor's kernel has told the same build date since its beginning, under whatever version. */
export function isGvisor({ read }: Reader): boolean {
  return /gvisor|#1 SMP Sun Jan 10 15:06:54 PST 2016/i.test(read("/proc/version") ?? "");
}

/** The container that this process seems to be in, in words. */
export function containerOf({ read }: Reader): string | undefined {
  if (isGvisor({ read })) return "gVisor";
  if (read("/run/.containerenv") !== undefined) return "Podman";
  if (read("/.dockerenv") !== undefined) return "Docker";
  const manager = read("/run/systemd/container") ?? read("/run/host/container-manager");
  if (manager !== undefined) return manager;
  return /\/(kubepods|docker|containerd|lxc)[./-]/.test(read("/proc/self/cgroup") ?? "")
    ? "a container"
    : undefined;
}

/** `1` or `2` of the Windows Subsystem for Linux. */
export function wslVersion({ read }: Reader): 1 | 2 | undefined {
  const release = read("/proc/sys/kernel/osrelease") ?? "";
  if (!/microsoft/i.test(release)) return undefined;
  return /-Microsoft$/.test(release) ? 1 : 2;
}

/** A value of /etc/os-release, without its quotes. */
export function distribution(
  { read }: Reader,
  field: "ID" | "PRETTY_NAME" | "VERSION_ID",
): string | undefined {
  const text = read("/etc/os-release") ?? read("/usr/lib/os-release") ?? "";
  return new RegExp(`^${field}=["']?(.*?)["']?$`, "m").exec(text)?.[1];
}

/** A field of /proc/self/status. */
export function ownStatus({ read }: Reader, field: string): string | undefined {
  return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(read("/proc/self/status") ?? "")?.[1]?.trim();
}

/** A number of /proc/sys; undefined where this kernel has no such switch. */
export function sysctlNumber({ read }: Reader, name: string): number | undefined {
  const text = read(`/proc/sys/${name.replaceAll(".", "/")}`);
  return text === undefined || text === "" ? undefined : Number(text.split(/\s+/)[0]);
}

/** What lets a container make sandboxes. */
export function containerFix(host: Host): string {
  if (isGvisor(host))
    return "gVisor has no complete Linux kernel: run the container by runc (docker run --runtime=runc …), or use a virtual machine";
  const podman = containerOf(host) === "Podman";
  const program = podman ? "podman" : "docker";
  const root = host.uid === 0 ? " --cap-add SYS_ADMIN" : "";
  const paths = podman ? "unmask=ALL" : "systempaths=unconfined";
  const options = ["seccomp=unconfined", "apparmor=unconfined", paths].map(
    (each) => ` --security-opt ${each}`,
  );
  return `start the container with: ${program} run${root}${options.join("")} …\nor, with limits by cgroup as well: ${program} run --privileged …`;
}
