import { type Act, acts } from "../../src/doctor/act.ts";
import { type Description, ran, refused, wantsCgroup } from "./described-host.ts";

/** A machine that lacks something: which layer tells it, and what its fix says. */
export type Machine = readonly [
  name: string,
  description: Description,
  layer: string,
  state: "limited" | "missing",
  fix: RegExp,
];

/** Every act that needs a user namespace fails by the same step. */
export function allInside(step: string, errno: string): Partial<Record<Act, readonly [string, string]>> {
  const outside = ["keyring", "seccomp filter", "seccomp notification"];
  return Object.fromEntries(acts.filter((act) => !outside.includes(act)).map((act) => [act, [step, errno]]));
}

/** A user namespace can be made all the same. */
export function notFirst({ "user namespace": _, ...others }: ReturnType<typeof allInside>) {
  return others;
}

export const dockerFiles = {
  "/.dockerenv": "",
  "/run/systemd/system/units": null,
  "/proc/self/cgroup": "0::/",
  "/proc/self/status": "CapEff:\t00000000a80425fb\nNoNewPrivs:\t0\nSeccomp:\t2",
};

export const noSandbox = { sandbox: () => refused };
export const bestEffort: Pick<Description, "sandbox"> = {
  sandbox: ({ enforce }) => (enforce === "required" ? wantsCgroup : ran),
};
