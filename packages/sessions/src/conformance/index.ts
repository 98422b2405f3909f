import type { SessionDriver } from "../driver.ts";
import type { CheckedPlace, DriverCheck, DriverPlace } from "./driver-check.ts";
import { listChecks } from "./list-checks.ts";
import { transcriptChecks } from "./transcript-checks.ts";
import { writerChecks } from "./writer-checks.ts";

export type { CheckedPlace, DriverCheck, DriverPlace } from "./driver-check.ts";

/** All checks, for who wants to run them in another way than `checkSessionDriver` does. */
export const driverChecks: readonly DriverCheck[] = [...transcriptChecks, ...writerChecks, ...listChecks];

export interface DriverConformance {
  /** Stands before the name of each test. */
  readonly name: string;
  /** Makes an empty place, for one check. */
  make(): DriverPlace | Promise<DriverPlace>;
  /** `test` of node:test, vitest, or whatever takes a name and an asynchronous function. */
  test(name: string, check: () => Promise<void>): unknown;
}

/**
 * Declares a test for each promise of {@link SessionDriver}. A driver that passes them all is one that a store can
 * use; what a kill or a power cut does to it, no test here can know.
 */
export function checkSessionDriver({ name, make, test }: DriverConformance): void {
  for (const check of driverChecks) test(`${name} ${check.name}`, async () => runCheck(check, await make()));
}

/** Runs one check, and gives free what was made for it. */
export async function runCheck(check: DriverCheck, { driver, another, remove }: DriverPlace): Promise<void> {
  const others: SessionDriver[] = [];
  const place: CheckedPlace = {
    driver,
    another: async () => {
      if (another === undefined) return driver;
      const other = await another();
      others.push(other);
      return other;
    },
  };
  try {
    await check.run(place);
  } finally {
    for (const one of [...others, driver]) await one.close();
    await remove?.();
  }
}
