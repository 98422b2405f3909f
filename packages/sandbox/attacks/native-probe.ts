import { readFileSync } from "node:fs";
import {
  type Act,
  type Lane,
  type Probe,
  type ProbeContext,
  refused,
  skipped,
  succeeded,
  type Trial,
} from "./probe.ts";
import type { Paths } from "./stage.ts";

/** Where an act of `cloison-attack` can be tried; see {@link ProbeContext}. */
export type Place = "inside" | "outside" | "userns" | "unfiltered" | "unmasked";

/** An act, or how to make it from the paths of the side where it is tried. */
export type PlacedAct = Act | ((paths: Paths) => Act);

export interface NativeProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  /** The act's name and arguments, which may hold paths. Default: the probe's id. */
  readonly act?: PlacedAct;
  /** Where the attack is. Default: inside. */
  readonly from?: Place;
  /** Tried in this order until one succeeds. */
  readonly controls: readonly Place[];
  /** The same act at something that nothing guards; where given, the control must wholly succeed. */
  readonly controlAct?: PlacedAct;
  /** An ordinary user's kernel refuses the act everywhere: a control that fails for one says so, and is no fault. */
  readonly forRoot?: boolean;
  /** A setting by which administrators forbid the act to everybody, and the values with which they do not. */
  readonly setting?: { readonly path: string; readonly allows: readonly string[] };
  /**
   * The kernel's name in /proc/net/protocols of what must be loaded already: the control must not be what loads a
   * module of the machine's.
   */
  readonly protocol?: string;
}

/** Probes that are an act of `cloison-attack` alone. */
export function nativeProbes(area: string, rows: readonly NativeProbe[]): Probe[] {
  return rows.map((row) => ({
    id: row.id,
    area,
    title: row.title,
    method: row.method,
    source: row.source,
    light: true,
    attack: (context) => tryAt(context, row.from ?? "inside", row.act ?? [row.id]),
    control: (context, attack) => control(row, context, attack),
  }));
}

function tryAt(context: ProbeContext, place: Place, act: PlacedAct): Promise<Trial> {
  const { stage } = context;
  const paths = place === "outside" || place === "userns" ? stage.outside : stage.inside;
  return context[place](...(typeof act === "function" ? act(paths) : act));
}

async function control(row: NativeProbe, context: ProbeContext, attack: Trial): Promise<Trial> {
  const reason = reasonAgainst(row);
  if (reason !== undefined) return skipped(reason);
  let last = skipped("there is no control");
  for (const place of row.controls) {
    const trial = await tryAt(context, place, row.controlAct ?? row.act ?? [row.id]);
    last = row.controlAct === undefined ? compare(attack, trial, place) : trial;
    if (last.outcome === "succeeded") return last;
  }
  return row.forRoot ? excuse(last, context.as) : last;
}

/** Why the kernel of this machine refuses the act whoever tries it. */
function reasonAgainst({ setting, protocol }: NativeProbe): string | undefined {
  if (setting !== undefined) {
    const value = contentOf(setting.path)?.trim();
    if (value !== undefined && !setting.allows.includes(value)) return `${setting.path} is ${value}`;
  }
  if (protocol !== undefined) {
    const names = contentOf("/proc/net/protocols")
      ?.split("\n")
      .map((line) => line.split(" ")[0]);
    if (!names?.includes(protocol)) return `this kernel has not loaded ${protocol}`;
  }
  return undefined;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // a kernel without it
  }
}

/** What kernels say that lack a feature, or were built without it. */
const absences = ["ENOSYS", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOPKG", "ENODEV"];

/** Another answer than the attack's shows that the act got further: past the filter, to the kernel's own checks. */
function compare(attack: Trial, trial: Trial, place: Place): Trial {
  if (trial.outcome !== "refused") return trial;
  const answer = `${trial.detail} ${place}`;
  // Killed for it inside, and answered here: that was the filter, whatever the answer is.
  if (attack.detail === "SIGSYS" && trial.detail !== "SIGSYS") return succeeded(answer);
  if (absences.includes(trial.detail)) return skipped(`this kernel lacks it: ${answer}`);
  return trial.detail === attack.detail ? refused(`${answer} as well`) : succeeded(answer);
}

/** The bits of all capabilities that this kernel knows. */
function allCapabilities(): bigint {
  const last = Number(contentOf("/proc/sys/kernel/cap_last_cap") ?? 40);
  return (1n << BigInt(last + 1)) - 1n;
}

function excuse(last: Trial, as: Lane): Trial {
  if (last.outcome !== "refused") return last;
  if (as === "user") return skipped(`the kernel itself refuses this to ordinary users: ${last.detail}`);
  const own = /^CapEff:\t([0-9a-f]+)$/m.exec(contentOf("/proc/self/status") ?? "")?.[1] ?? "0";
  return BigInt(`0x${own}`) === allCapabilities()
    ? last
    : skipped(`this root has not all rights: ${last.detail}`);
}
