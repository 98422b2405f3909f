import { autoIds } from "../options/ids-option.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Operation } from "./encode-policy.ts";
import { subordinateIds } from "./subordinate-ids.ts";

/** The agent's user and group id inside. */
const insideId = "1000";
/** Where root's hosts keep ids apart: root's alone, and empty after a start of the machine. */
const lockDirectory = "/run/cloison";

function range(uid: number, gid: number, count: number): Operation {
  return ["id-range", String(uid), String(gid), String(count)];
}

/** Which ids of the kernel the sandbox has. */
export function sandboxIds({ ids }: Pick<ParsedOptions, "ids">): Operation[] {
  const inside: Operation = ["ids", insideId, String(autoIds.first)];
  if (ids === "auto") return [inside];
  if (ids !== "subordinate")
    return [inside, ["id-lock", lockDirectory], range(ids.first, ids.first, ids.count)];
  const { helpers, locks, ranges } = subordinateIds();
  return [
    inside,
    ...locks.map((lock): Operation => ["id-lock", lock]),
    ["id-helpers", helpers.uid, helpers.gid],
    ...ranges.map(({ uid, gid, count }) => range(uid, gid, count)),
    ["drop-groups"],
  ];
}

interface Owned {
  readonly options: ParsedOptions;
  readonly outsideUid: number;
  readonly outsideGid: number;
}

/** The ids of a command that joins the sandbox, and of its pipes. */
export function commandIds({ options, outsideUid, outsideGid }: Owned): Operation[] {
  const inside: Operation = ["ids", insideId, String(autoIds.first)];
  return options.ids === "subordinate"
    ? [inside, ["drop-groups"]]
    : [inside, ["owner", String(outsideUid), String(outsideGid)]];
}
