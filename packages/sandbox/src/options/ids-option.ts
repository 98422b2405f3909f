import { SandboxOptionError } from "../errors.ts";
import type { IdsOption } from "../types.ts";
import { createChecks } from "./checks.ts";

/**
 * First kernel id given to sandboxes of a privileged host by `auto`; the launcher adds its process id, which is below
 * 2^22 (PID_MAX_LIMIT), so that no two living sandboxes share one. The range is unused in systemd's allocation
 * (systemd.io/UIDS-GIDS).
 */
export const autoIds = { first: 1879048192, count: 2 ** 22 } as const;

/** Below are the ids of people, services, and of the overflow id 65534. */
const minFirst = 65536;
/** 2^32-1 stands for "no id", and so does 2^16-1 to old programs. */
const maxId = 2 ** 32 - 2;

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

function parseRange(value: unknown): { first: number; count: number } {
  const fields = checks.fields(value, "ids, where it is not a name,");
  checks.known(fields, ["first", "count"], "key of ids");
  const first = checks.number(fields.first, "ids.first", { min: minFirst, max: maxId - 1 });
  const count = checks.number(fields.count, "ids.count", { min: 1, max: maxId - first });
  if (first < autoIds.first + autoIds.count && autoIds.first < first + count)
    throw new SandboxOptionError(
      `ids ${first} to ${first + count - 1} overlap those that ids: "auto" gives (${autoIds.first} to ${autoIds.first + autoIds.count - 1}); begin for example at 1900000000`,
    );
  return { first, count };
}

/** @throws SandboxOptionError for a value that is wrong, or that this user cannot have */
export function parseIds(value: unknown = "auto"): IdsOption {
  if (typeof value !== "object" || value === null) {
    const name = checks.oneOf(value, "ids", ["auto", "subordinate"]);
    if (name === "subordinate" && process.geteuid?.() === 0)
      throw new SandboxOptionError(
        'ids: "subordinate" is for ordinary users: root has ids apart for every sandbox; use "auto", or { first, count }',
      );
    return name;
  }
  const range = parseRange(value);
  if (process.geteuid?.() !== 0)
    throw new SandboxOptionError(
      'ids: { first, count } needs root; an ordinary user has "auto", or "subordinate" with ranges in /etc/subuid and /etc/subgid',
    );
  return range;
}
