import type { Asked, Sight } from "./sight.ts";

/** One line of the table: the same question, asked on the host and inside the sandbox. */
export interface SightRow {
  readonly what: string;
  readonly host: string;
  readonly inside: string;
  /** Whether the sandbox kept it from the agent, as it should. */
  readonly kept: boolean;
}

export interface Comparison {
  readonly asked: Asked;
  readonly host: Sight;
  readonly inside: Sight;
  /** Secrets that the host holds, by what to call them. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Turns what was found on both sides into the table. */
export function sightRows(comparison: Comparison): SightRow[] {
  const { host, inside } = comparison;
  return [
    ...pathRows(comparison),
    {
      what: "processes",
      host: `${host.processes.length}`,
      inside: `${inside.processes.length}: ${inside.processes.join(", ")}`,
      kept: inside.namespaces.pid !== host.namespaces.pid && inside.processes.length < host.processes.length,
    },
    {
      what: "network interfaces",
      host: host.interfaces.join(", "),
      inside: inside.interfaces.join(", ") || "none",
      kept: inside.namespaces.net !== host.namespaces.net && inside.interfaces.every((name) => name === "lo"),
    },
    ...addressRows(comparison),
    ...secretRows(comparison),
    {
      what: "user and rights",
      host: `uid ${host.uid}`,
      inside: `uid ${inside.uid}, ${rights(inside)}`,
      kept: /^0+$/.test(inside.capabilities) && inside.seccomp === "2",
    },
  ];
}

function pathRows({ asked, host, inside }: Comparison): SightRow[] {
  return asked.paths.map((path, index) => ({
    what: path,
    host: describe(host.paths[index]),
    inside: describe(inside.paths[index]),
    kept: typeof inside.paths[index] === "string",
  }));
}

function addressRows({ asked, host, inside }: Comparison): SightRow[] {
  return asked.addresses.map(({ host: name, port }, index) => ({
    what: `connect to ${name}:${port}`,
    host: host.addresses[index] ?? "not tried",
    inside: inside.addresses[index] ?? "not tried",
    kept: inside.addresses[index] !== "connected",
  }));
}

function secretRows({ inside, secrets }: Comparison): SightRow[] {
  return [...secrets].map(([what, secret]) => {
    const found = inside.environments.includes(secret);
    return {
      what,
      host: "in use",
      inside: found ? "FOUND" : "in no environment there",
      kept: !found,
    };
  });
}

function describe(found: number | string | undefined): string {
  if (found === undefined) return "not asked";
  if (typeof found === "string") return found === "ENOENT" ? "does not exist" : found;
  return found === 1 ? "1 entry" : `${found} entries`;
}

function rights({ capabilities, seccomp }: Sight): string {
  const held = /^0+$/.test(capabilities) ? "no capability" : `capabilities ${capabilities}`;
  return `${held}, ${seccomp === "2" ? "seccomp" : "NO seccomp"}`;
}
