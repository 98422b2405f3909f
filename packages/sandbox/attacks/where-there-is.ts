import { type Probe, skipped } from "./probe.ts";

/** Skips a probe where the host lacks what its control needs; `lack` tells what. */
export function whereThereIs(probe: Probe, lack: () => string | undefined): Probe {
  return {
    ...probe,
    attack: async (context) => {
      const why = lack();
      return why === undefined ? probe.attack(context) : skipped(why);
    },
  };
}
