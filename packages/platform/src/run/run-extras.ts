import type { Inbox } from "./inbox.ts";

/** What a run gets from within the platform, beside its options. */
export interface RunExtras {
  /** Takes what is said to the run, also before it has begun. */
  readonly inbox?: Inbox | undefined;
}
