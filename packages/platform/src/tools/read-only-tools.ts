/** The sandbox's tools that only look: their calls may go on beside each other, and be carried out again. */
export const readOnlyTools: ReadonlySet<string> = new Set(["read", "grep", "find", "ls"]);
