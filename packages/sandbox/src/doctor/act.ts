/** What the launcher tries, in this order; the names are those of `native/check.c`. */
export const acts = [
  "user namespace",
  "id map",
  "privileges inside",
  "pid namespace",
  "ipc namespace",
  "uts namespace",
  "network namespace",
  "cgroup namespace",
  "mount clone",
  "mount attributes",
  "tmpfs",
  "proc",
  "overlay",
  "mount id map",
  "keyring",
  "seccomp filter",
  "seccomp notification",
] as const;

export type Act = (typeof acts)[number];

/** How an act ended: it was done, or a step of it failed in the launcher's words, or it could not be tried. */
export type Attempt =
  | { readonly outcome: "done" }
  | { readonly outcome: "failed"; readonly step: string; readonly errno: string; readonly detail: string }
  | { readonly outcome: "untried" };
