import type { Probe } from "./probe.ts";
import { namespaceProbes } from "./probes/namespaces.ts";
import { processProbes } from "./probes/processes.ts";

/** Every probe there is. */
export const corpus: readonly Probe[] = [...namespaceProbes, ...processProbes];
