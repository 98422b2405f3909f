import type { Probe } from "./probe.ts";
import { deviceProbes } from "./probes/devices.ts";
import { fileTrapProbes } from "./probes/file-traps.ts";
import { fileProbes } from "./probes/files.ts";
import { kernelFileProbes } from "./probes/kernel-files.ts";
import { mountProbes } from "./probes/mounts.ts";
import { namespaceProbes } from "./probes/namespaces.ts";
import { neighbourProbes } from "./probes/neighbours.ts";
import { networkProbes } from "./probes/network.ts";
import { processProbes } from "./probes/processes.ts";
import { sharedObjectProbes } from "./probes/shared-objects.ts";
import { unixSocketProbes } from "./probes/unix-sockets.ts";

/** Every probe there is. */
export const corpus: readonly Probe[] = [
  ...namespaceProbes,
  ...mountProbes,
  ...deviceProbes,
  ...processProbes,
  ...fileProbes,
  ...fileTrapProbes,
  ...kernelFileProbes,
  ...networkProbes,
  ...unixSocketProbes,
  ...sharedObjectProbes,
  ...neighbourProbes,
];
