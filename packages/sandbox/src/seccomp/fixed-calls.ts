function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Calls that no custom profile may allow, by what would fall with them. */
const neverAllowed: readonly { readonly why: string; readonly calls: readonly string[] }[] = [
  {
    why: "a command's processes are found, and ended, by a namespace that they must not be able to leave",
    calls: names("unshare setns"),
  },
  {
    why: "its flags lie in memory, where a filter cannot look, and may ask for new namespaces",
    calls: names("clone3"),
  },
  {
    why: "its mode lies in memory, where a filter cannot look, and may ask for a set-id file",
    calls: names("openat2"),
  },
  {
    why: "what the sandbox sees, what it may write and what is masked there is made of mounts",
    calls:
      names(`chroot mount umount2 pivot_root open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick
      mount_setattr`),
  },
  { why: "it opens files behind the mounts' back", calls: names("open_by_handle_at") },
  {
    why: "it does calls that the filter then does not see",
    calls: names("io_uring_setup io_uring_enter io_uring_register"),
  },
  {
    why: "keys are not divided between the sandbox and its host's user",
    calls: names("add_key request_key keyctl"),
  },
  {
    why: "it takes descriptors out of other processes, also out of a command that is only being started",
    calls: names("pidfd_getfd"),
  },
  {
    why: "it makes faults of the kernel easy to use, and nothing that belongs in a sandbox needs it",
    calls: names("bpf perf_event_open userfaultfd modify_ldt vmsplice"),
  },
  {
    why: "the kernel keeps it for the root of the host, whom no sandbox can be",
    calls:
      names(`acct adjtimex clock_adjtime clock_settime settimeofday delete_module finit_module init_module ioperm
      iopl kexec_file_load kexec_load quotactl quotactl_fd reboot setdomainname sethostname swapoff swapon syslog vhangup
      fanotify_init fanotify_mark`),
  },
];

const reasons = new Map(neverAllowed.flatMap(({ why, calls }) => calls.map((call) => [call, why])));

/** Why a call may not be allowed by any profile; undefined when it may. */
export function whyNeverAllowed(call: string): string | undefined {
  return reasons.get(call);
}

/** What the launcher itself does in a command's process between its filter and its program. */
export const launcherCalls: readonly string[] = names("execve exit exit_group sendmsg write");

/** What PID 1 lives by: it waits for its processes and for the host's end, and tells that it is ready. */
export const initCalls: readonly string[] = [
  ...launcherCalls,
  ...names("close close_range open openat ppoll read restart_syscall rt_sigreturn wait4"),
];
