import type { LivingSandbox } from "./living-sandbox.ts";
import { seccompHex } from "./policy/seccomp-hex.ts";
import type { Layer } from "./types.ts";

/** Hexadecimal digits of one struct sock_filter. */
const digitsPerInstruction = 16;

function limitsLayer({ options, cgroup, unheld }: LivingSandbox): Layer {
  const { memoryMb, pids, cpus, cpuWeight, swapMb, oomKill, io } = options.limits;
  const asked = [
    `${memoryMb} MB`,
    ...(swapMb ? [`${swapMb} MB of swap`] : []),
    ...(oomKill === "sandbox" ? ["ended when its memory is used up"] : []),
    `${pids} processes`,
    ...(cpus === undefined ? [] : [`${cpus} ${cpus === 1 ? "processor" : "processors"}`]),
    ...(cpuWeight === undefined ? [] : [`processor weight ${cpuWeight}`]),
    ...(io === undefined ? [] : [`rates of ${io.length} ${io.length === 1 ? "disk" : "disks"}`]),
  ].join(", ");
  const by =
    cgroup === undefined
      ? ": no cgroup here, held by rlimits for each process"
      : ` by cgroup ${cgroup.join.kind}${unheld.length === 0 ? "" : `, but not ${unheld.join(", ")}`}`;
  return { name: "limits", detail: asked + by, applied: unheld.length === 0 && cgroup !== undefined };
}

function rootLayer({ options: { rootfs, writableSystem, mounts } }: LivingSandbox): Layer {
  const system = rootfs === "host" ? "system" : `system of ${rootfs}`;
  const upper = writableSystem?.directory ?? `${writableSystem?.sizeMb} MB of memory`;
  const access = writableSystem === undefined ? `read-only ${system}` : `${system}, changed only in ${upper}`;
  const seen = mounts.map((mount) => `, ${mount.target} ${mount.access}`).join("");
  return { name: "root", detail: `own tmpfs, ${access}${seen}`, applied: true };
}

function diskLayers({ options, diskBy }: LivingSandbox): Layer[] {
  const { diskMb } = options.limits;
  if (diskMb === undefined) return [];
  const by = diskBy === undefined ? "nothing of the host's is writable" : `held by a ${diskBy}`;
  return [{ name: "disk", detail: `${diskMb} MB more at most, ${by}`, applied: true }];
}

export function describeLayers(living: LivingSandbox): readonly Layer[] {
  const applied = true;
  return [
    { name: "namespaces", detail: "user, mount, pid, ipc, uts, network, cgroup", applied },
    { name: "ids", detail: `uid 1000 inside is kernel uid ${living.outsideUid}`, applied },
    rootLayer(living),
    { name: "network", detail: "none but its own loopback", applied },
    { name: "capabilities", detail: "none in all five sets, no_new_privs", applied },
    {
      name: "seccomp",
      detail: `profile ${living.options.seccomp.name}: allow-list of ${seccompHex(living.options.seccomp, "listener").length / digitsPerInstruction} instructions`,
      applied,
    },
    limitsLayer(living),
    ...diskLayers(living),
  ];
}
