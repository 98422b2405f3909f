import type { Probe } from "./probe.ts";
import { claimProbes } from "./probes/claims.ts";
import { deviceProbes } from "./probes/devices.ts";
import { diskProbes } from "./probes/disk.ts";
import { fileTrapProbes } from "./probes/file-traps.ts";
import { fileProbes } from "./probes/files.ts";
import { filesApiProbes } from "./probes/files-api.ts";
import { inheritanceProbes } from "./probes/inheritance.ts";
import { initClaimProbes } from "./probes/init-claims.ts";
import { initSecretProbes } from "./probes/init-secrets.ts";
import { kernelCallProbes } from "./probes/kernel-calls.ts";
import { kernelFileProbes } from "./probes/kernel-files.ts";
import { keyProbes } from "./probes/keys.ts";
import { machineProbes } from "./probes/machine.ts";
import { mountOptionProbes } from "./probes/mount-options.ts";
import { mountProbes } from "./probes/mounts.ts";
import { namespaceProbes } from "./probes/namespaces.ts";
import { neighbourProbes } from "./probes/neighbours.ts";
import { networkProbes } from "./probes/network.ts";
import { processProbes } from "./probes/processes.ts";
import { raceProbes } from "./probes/races.ts";
import { resourceProbes } from "./probes/resources.ts";
import { rootProbes } from "./probes/roots.ts";
import { setIdProgramProbes } from "./probes/set-id-programs.ts";
import { sharedObjectProbes } from "./probes/shared-objects.ts";
import { socketProbes } from "./probes/sockets.ts";
import { streamProbes } from "./probes/streams.ts";
import { stubbornProbes } from "./probes/stubborn.ts";
import { terminalProbes } from "./probes/terminals.ts";
import { threadProbes } from "./probes/threads.ts";
import { unixSocketProbes } from "./probes/unix-sockets.ts";

/** Every probe there is. */
export const corpus: readonly Probe[] = [
  ...namespaceProbes,
  ...mountProbes,
  ...deviceProbes,
  ...setIdProgramProbes,
  ...initSecretProbes,
  ...initClaimProbes,
  ...processProbes,
  ...inheritanceProbes,
  ...kernelCallProbes,
  ...socketProbes,
  ...machineProbes,
  ...keyProbes,
  ...threadProbes,
  ...terminalProbes,
  ...fileProbes,
  ...fileTrapProbes,
  ...filesApiProbes,
  ...kernelFileProbes,
  ...mountOptionProbes,
  ...raceProbes,
  ...rootProbes,
  ...networkProbes,
  ...unixSocketProbes,
  ...sharedObjectProbes,
  ...neighbourProbes,
  ...resourceProbes,
  ...stubbornProbes,
  ...streamProbes,
  ...diskProbes,
  ...claimProbes,
];
