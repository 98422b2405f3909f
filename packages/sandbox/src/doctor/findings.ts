import type { Attempt } from "./act.ts";
import type { HostLayer } from "./host-report.ts";

/** What a check found; the name of its layer is added where all layers are listed. */
export type Finding = Omit<HostLayer, "name">;

export function ok(detail: string): Finding {
  return { state: "ok", detail };
}

/** A sandbox runs, with less. */
export function limited(detail: string, fix: string): Finding {
  return { state: "limited", detail, fix };
}

/** No sandbox runs, or not with the limits that are the default. */
export function missing(detail: string, fix: string): Finding {
  return { state: "missing", detail, fix };
}

/** What comes before this layer has failed, so that nothing can be said of it. */
export function unknown(before: string): Finding {
  return missing(`not known before "${before}" is there`, `first: ${before}`);
}

/** An act's end in words. */
export function tell(attempt: Attempt): string {
  if (attempt.outcome === "done") return "works";
  if (attempt.outcome === "untried") return "could not be tried";
  const { step, errno, detail } = attempt;
  return `${detail === "" ? step : `${step} (${detail})`} failed with ${errno}`;
}

/** A sysctl for now and for every start of the machine. */
export function sysctl(settings: Readonly<Record<string, string | number>>, file = "60-cloison"): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const path = `/etc/sysctl.d/${file}.conf`;
  return `printf '%s\\n' ${lines.join(" ")} | sudo tee ${path} && sudo sysctl -p ${path}`;
}
