import { type Finding, missing, ok } from "../findings.ts";
import type { Host } from "../host.ts";
import {
  containerFix,
  containerOf,
  distribution,
  isGvisor,
  kernelIsAtLeast,
  wslVersion,
} from "../surroundings.ts";

/** mount_setattr(2) and idmapped mounts came with it. */
const oldestKernel = [5, 12] as const;

/** The operating system, the processor and the kernel's version. */
export function checkSystem(host: Host): Finding {
  const { platform, arch } = host;
  if (platform !== "linux") {
    return missing(
      `${platform} has no Linux kernel`,
      "use Linux: a machine, a virtual machine, or WSL 2 on Windows",
    );
  }
  if (arch !== "x64" && arch !== "arm64")
    return missing(
      `Linux on ${arch}`,
      "use a machine with an x64 or arm64 processor, and Node.js built for it",
    );
  const release = host.read("/proc/sys/kernel/osrelease") ?? "of unknown version";
  const name = distribution(host, "PRETTY_NAME");
  const told = [...(name === undefined ? [] : [name]), `Linux ${release}`, arch].join(", ");
  if (isGvisor(host)) return missing(`${told}: gVisor`, containerFix(host));
  if (wslVersion(host) === 1)
    return missing(
      `${told}: WSL 1`,
      "in PowerShell: wsl --set-version DISTRIBUTION 2 (wsl --list names them)",
    );
  if (!kernelIsAtLeast(host, ...oldestKernel))
    return missing(`${told}: older than ${oldestKernel.join(".")}`, kernelFix(host));
  const container = containerOf(host);
  return ok(container === undefined ? told : `${told}, in ${container}`);
}

const newerKernels: Readonly<Record<string, string>> = {
  ubuntu: "sudo apt-get install linux-generic-hwe-$(. /etc/os-release; echo $VERSION_ID) && sudo reboot",
  debian: "upgrade to Debian 12 or later, or take the kernel of Debian's backports, and restart the machine",
  amzn: "use Amazon Linux 2023, or on Amazon Linux 2: sudo amazon-linux-extras install kernel-5.15 && sudo reboot",
};

/** Red Hat's and its rebuilds: release 8 stays at 4.18. */
const redHats = ["rhel", "centos", "rocky", "almalinux", "ol"];

function kernelFix(host: Host): string {
  if (wslVersion(host) === 2) return "in PowerShell: wsl --update";
  const id = distribution(host, "ID") ?? "";
  if (redHats.includes(id))
    return "use release 9 or later of this distribution: release 8 stays at Linux 4.18";
  if (containerOf(host) !== undefined) return "update the kernel of the machine that this container runs on";
  return newerKernels[id] ?? `install Linux ${oldestKernel.join(".")} or later, and restart the machine`;
}
