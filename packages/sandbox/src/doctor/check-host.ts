import type { Finding } from "./findings.ts";
import type { Host } from "./host.ts";
import type { HostLayer, HostReport } from "./host-report.ts";
import { checkCapacity } from "./layers/capacity.ts";
import { checkCgroups } from "./layers/cgroups.ts";
import { checkHardening, checkProcessor } from "./layers/hardening.ts";
import { checkIds } from "./layers/ids.ts";
import { checkKeyring } from "./layers/keyring.ts";
import { checkLauncher } from "./layers/launcher.ts";
import { checkDisk, checkIdMappedMounts, checkMounts, checkProc } from "./layers/mounts.ts";
import { checkNamespaces } from "./layers/namespaces.ts";
import { checkNotifications, checkPrivileges, checkSeccomp } from "./layers/privileges.ts";
import { checkWritableSystem, type Proof, proveSandbox } from "./layers/sandbox.ts";
import { checkSystem } from "./layers/system.ts";
import { checkUserNamespaces } from "./layers/user-namespaces.ts";
import { thisHost } from "./this-host.ts";

type Check = (host: Host, proof: Proof) => Finding | Promise<Finding>;

/** In the order in which a sandbox needs them, then what is good to know. */
const checks: readonly (readonly [name: string, check: Check])[] = [
  ["system", checkSystem],
  ["launcher", checkLauncher],
  ["user namespaces", checkUserNamespaces],
  ["ids", checkIds],
  ["namespaces", checkNamespaces],
  ["mounts", checkMounts],
  ["proc", checkProc],
  ["workspace ids", checkIdMappedMounts],
  ["writable system", checkWritableSystem],
  ["privileges", checkPrivileges],
  ["seccomp", checkSeccomp],
  ["denials", checkNotifications],
  ["limits", checkCgroups],
  ["disk", checkDisk],
  ["keyring", checkKeyring],
  ["capacity", checkCapacity],
  ["hardening", checkHardening],
  ["processor", checkProcessor],
];

/** Examines any host, as {@link checkHost} does this one. */
export async function examine(host: Host): Promise<HostReport> {
  const proof = await proveSandbox(host);
  // Elsewhere than on Linux nothing else can be said.
  const told = host.platform === "linux" ? checks : checks.slice(0, 1);
  const layers: HostLayer[] = [];
  for (const [name, check] of told) layers.push({ name, ...(await check(host, proof)) });
  const { ran, bestEffortOnly, finding } = proof;
  return { ready: ran, bestEffortOnly, layers: [...layers, { name: "sandbox", ...finding }] };
}

/**
 * Tells what this kernel and this machine offer to sandboxes of this process, layer by layer, each lack with its
 * fix; and in the end makes a sandbox and runs a command in it. Most of its time goes to the trial of a writable system.
 * It leaves nothing behind, and never rejects: what fails is a layer that is missing. On cgroup v2 it may move this
 * process into a leaf of its group, as the first sandbox does.
 */
export async function checkHost(): Promise<HostReport> {
  return await examine(await thisHost());
}
