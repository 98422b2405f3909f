import type { SubagentPlace } from "../subagents/subagent-place.ts";
import type { Inbox } from "./inbox.ts";

/** What a run gets from within the platform, beside its options. */
export interface RunExtras {
  /** Takes what is said to the run, also before it has begun. */
  readonly inbox?: Inbox | undefined;
  /** Set where the run is a subagent's; nothing of it can be said by an application or a sandbox. */
  readonly subagent?: SubagentPlace | undefined;
}
