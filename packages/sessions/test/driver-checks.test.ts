import { expect, test } from "vitest";
import { driverChecks, runCheck } from "../src/conformance/index.ts";
import { brokenDrivers } from "./support/broken-drivers.ts";

test("there is a broken driver for each check, and no other", () => {
  expect(Object.keys(brokenDrivers).toSorted()).toEqual(driverChecks.map(({ name }) => name).toSorted());
});

test.each(driverChecks)("the check that a driver $name finds one that does not", async (check) => {
  const make = brokenDrivers[check.name];
  if (make === undefined) expect.fail("no broken driver");
  await expect(runCheck(check, make())).rejects.toThrow();
});
