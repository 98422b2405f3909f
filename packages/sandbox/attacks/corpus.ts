import type { Probe } from "./probe.ts";
import { deviceProbes } from "./probes/devices.ts";
import { mountProbes } from "./probes/mounts.ts";
import { namespaceProbes } from "./probes/namespaces.ts";
import { processProbes } from "./probes/processes.ts";

/** Every probe there is. */
export const corpus: readonly Probe[] = [
  ...namespaceProbes,
  ...mountProbes,
  ...deviceProbes,
  ...processProbes,
];
