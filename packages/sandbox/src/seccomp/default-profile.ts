import { defaultRules } from "./default-rules.ts";
import type { SeccompProfile } from "./profile.ts";

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** What compilers, shells, git, Node, Python, npm and SQLite do all day; in spirit Docker's default list. */
const allow = [
  // Files and directories
  ...names(`access faccessat faccessat2 chdir fchdir getcwd chown fchown lchown fchownat close close_range
    copy_file_range dup dup2 dup3 fadvise64 fallocate fdatasync flock fstat fstatfs fsync ftruncate
    futimesat getdents getdents64 inotify_add_watch inotify_init inotify_init1 inotify_rm_watch link linkat
    lseek lstat mkdir mkdirat newfstatat pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink
    readlinkat readv rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat sync
    sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes write writev cachestat`),
  ...names(`fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr
    lsetxattr removexattr setxattr getxattrat listxattrat removexattrat setxattrat`),
  // Memory
  ...names(`brk madvise membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mprotect mremap
    mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect map_shadow_stack`),
  // Processes, threads and their identity (which ids may be taken is for the kernel to decide)
  ...names(`arch_prctl capget capset execve execveat exit exit_group fork vfork get_robust_list getegid geteuid
    getgid getgroups getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit getrusage getsid
    gettid getuid ioprio_get pidfd_open prctl restart_syscall rseq set_robust_list
    set_tid_address setfsgid setfsuid setgid setgroups setpgid setregid setresgid setresuid setreuid
    setrlimit setsid setuid uname wait4 waitid getcpu landlock_add_rule landlock_create_ruleset
    landlock_restrict_self`),
  ...names(`sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval
    sched_yield futex futex_requeue futex_wait futex_waitv futex_wake`),
  // Signals
  ...names(`kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4 tgkill tkill`),
  // Waiting and time
  ...names(`alarm clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1 epoll_ctl epoll_pwait
    epoll_pwait2 epoll_wait eventfd eventfd2 getitimer gettimeofday nanosleep poll ppoll pselect6 select
    setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
    timerfd_gettime timerfd_settime times`),
  // Talking to each other; which sockets can be made is in the rules
  ...names(`accept accept4 bind connect getpeername getsockname getsockopt listen pipe pipe2 recvfrom recvmmsg
    recvmsg sendmmsg sendmsg sendto setsockopt shutdown mq_getsetattr mq_notify mq_open mq_timedreceive
    mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt
    shmget`),
  // The machine
  ...names("getrandom sysinfo"),
  // Made by the kernel's own trampoline when an administrator traces a library; dies unless called from there.
  ...names("uretprobe uprobe"),
];

/** Known, and of no use to honest programs here: an error that says so. */
const deny = [
  // Other people's processes and memory
  ...names(`kcmp pidfd_getfd process_madvise process_mrelease process_vm_readv process_vm_writev ptrace
    perf_event_open userfaultfd get_mempolicy mbind migrate_pages move_pages set_mempolicy
    set_mempolicy_home_node`),
  // Namespaces, mounts and files behind the mounts' back
  ...names(`chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree open_tree_attr
    pivot_root setns umount2 unshare name_to_handle_at open_by_handle_at fanotify_init fanotify_mark`),
  // Kernel services that are not divided by namespaces, or have been broken too often
  ...names(`add_key keyctl request_key bpf io_uring_enter io_uring_register io_uring_setup vmsplice modify_ldt
    lookup_dcookie`),
  // The machine
  ...names(`acct adjtimex clock_adjtime clock_settime settimeofday delete_module finit_module init_module ioperm
    iopl kexec_file_load kexec_load nfsservctl quotactl quotactl_fd reboot setdomainname sethostname swapoff
    swapon syslog vhangup`),
];

const absent = [
  // Their arguments lie in memory, where a filter cannot look; libraries fall back to clone and openat.
  ...names("clone3 openat2"),
  // Rarely used, with a fallback in what uses them
  ...names(`io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit file_getattr file_setattr
    listmount listns lsm_get_self_attr lsm_list_modules lsm_set_self_attr statmount remap_file_pages`),
  // Removed from the kernel, or never in it
  ...names(`_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms get_thread_area getpmsg
    putpmsg query_module security set_thread_area sysfs tuxcall uselib ustat vserver`),
];

/**
 * The filter of every sandbox: enough for Node with its threads, Python, git, compilers, package managers,
 * shells and SQLite, and no more. Debuggers, tracers, containers inside, netlink (so `os.networkInterfaces()`
 * throws) and io_uring do not work under it.
 */
export const defaultSeccompProfile: SeccompProfile = {
  name: "default",
  allow,
  deny,
  absent,
  conditional: defaultRules,
};
