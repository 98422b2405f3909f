import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Mount, SandboxOptionError } from "#sandbox";
import { type Probe, type ProbeContext, refused, succeeded, type Trial } from "../probe.ts";

/** What a caller may have been talked into mounting. */
interface MountProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  /** All are tried; `made` is a directory for the probe's own links. */
  mounts(made: string): readonly Partial<Mount>[];
  /** The same with nothing wrong about it. */
  control?(made: string): Partial<Mount>;
}

let made = 0;

function makeDirectory({ directory }: ProbeContext): string {
  const path = join(directory, `mount-option-${made++}`);
  mkdirSync(path);
  return path;
}

async function mount(context: ProbeContext, mountPart: Partial<Mount>): Promise<Trial> {
  const { source = context.stage.outside.workspace, target = "/workspace", access = "ro" } = mountPart;
  try {
    await context.withSandbox(async () => {}, { mounts: [{ source, target, access }] });
    return succeeded(`${source} at ${target}`);
  } catch (error) {
    if (error instanceof SandboxOptionError) return refused(error.message);
    throw error;
  }
}

function mountProbe({ mounts, control = () => ({}), ...row }: MountProbe): Probe {
  return {
    ...row,
    area: "files",
    light: true,
    async attack(context) {
      const trials: Trial[] = [];
      for (const each of mounts(makeDirectory(context))) trials.push(await mount(context, each));
      const through = trials.find(({ outcome }) => outcome === "succeeded");
      return through ?? refused(`all ${trials.length} are option errors`);
    },
    control: (context) => mount(context, control(makeDirectory(context))),
  };
}

function link(directory: string, name: string, target: string): string {
  const path = join(directory, name);
  symlinkSync(target, path);
  return path;
}

export const mountOptionProbes: readonly Probe[] = [
  mountProbe({
    id: "mount-source-sensitive",
    title: "the host itself as a mount",
    method: "mount /, /proc, /sys, /dev, /run, /etc and the directory of Docker's socket",
    source: "OWASP Docker security cheat sheet, rules 1 and 8",
    mounts: () =>
      ["/", "//", "/.", "/proc", "/proc/1/root", "/sys", "/dev", "/run", "/etc", "/var"].map((source) => ({
        source,
      })),
  }),
  mountProbe({
    id: "mount-source-link",
    title: "the host by a symbolic link",
    method: "mount a link to /, /proc and /dev, and paths that lead there by ../",
    source: "CVE-2021-30465",
    mounts: (directory) => [
      { source: link(directory, "root", "/") },
      { source: link(directory, "proc", "/proc/self/root/proc") },
      { source: link(directory, "dev", "../../../../../../../../../../dev") },
      { source: "/tmp/../proc" },
      { source: "/proc/self/root" },
    ],
    control: (directory) => ({ source: link(directory, "own", directory) }),
  }),
  mountProbe({
    id: "mount-target-system",
    title: "a mount over the system",
    method: "mount at /, /etc, /usr/bin, /proc/self, /dev/shm and /lib64",
    source: "CVE-2019-16884: a mount over /proc took AppArmor away",
    mounts: () =>
      ["/", "/etc", "/usr/bin", "/proc", "/proc/self", "/dev/shm", "/lib64", "/tmp", "/home/agent"].map(
        (target) => ({
          target,
        }),
      ),
  }),
  mountProbe({
    id: "mount-target-parent",
    title: "a mount point with ../ in its path",
    method: "mount at /workspace/../etc and the like",
    source: "CVE-2018-15664 and others: paths that are checked before they are resolved",
    mounts: () =>
      ["/workspace/../etc", "/workspace/..", "/./etc", "//etc", "/workspace/", "workspace", ""].map(
        (target) => ({
          target,
        }),
      ),
  }),
];
