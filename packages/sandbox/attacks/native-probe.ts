import { type Act, type Probe, type ProbeContext, skipped, succeeded, type Trial } from "./probe.ts";

/** Where an act of `cloison-attack` is tried as the control; see {@link ProbeContext}. */
export type ControlPlace = "outside" | "userns" | "unfiltered";

export interface NativeProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  /** The act's name and arguments. Default: the probe's id. */
  readonly act?: Act;
  /** Tried in this order until one succeeds. */
  readonly controls: readonly ControlPlace[];
  /** An ordinary user's kernel refuses the act everywhere: a control that fails for one says so, and is no fault. */
  readonly forRoot?: boolean;
}

/** What kernels say that lack a feature, or were built without it. */
const absences = [
  "ENOSYS",
  "EAFNOSUPPORT",
  "EPROTONOSUPPORT",
  "ESOCKTNOSUPPORT",
  "ENOPKG",
  "ENODEV",
  "SIGSYS",
];

/** Probes that are an act of `cloison-attack` alone. */
export function nativeProbes(area: string, rows: readonly NativeProbe[]): Probe[] {
  return rows.map(({ id, title, method, source, act = [id], controls, forRoot = false }) => ({
    id,
    area,
    title,
    method,
    source,
    light: true,
    attack: (context) => context.inside(...act),
    async control(context, attack) {
      let last = skipped("no control");
      for (const place of controls) {
        last = compare(attack, await context[place](...act), place);
        if (last.outcome === "succeeded") return last;
      }
      return forRoot && context.as === "user" && last.outcome === "refused"
        ? skipped(`the kernel itself refuses this to ordinary users: ${last.detail}`)
        : last;
    },
  }));
}

/** Another answer than the attack's shows that the act got further: past the filter, to the kernel's own checks. */
function compare(attack: Trial, control: Trial, place: ControlPlace): Trial {
  if (control.outcome !== "refused") return control;
  if (absences.includes(control.detail)) return skipped(`this kernel lacks it: ${control.detail} ${place}`);
  return control.detail === attack.detail
    ? { outcome: "refused", detail: `${control.detail} ${place} as well` }
    : succeeded(`${control.detail} ${place}`);
}
