import type { SeccompProfile } from "../seccomp/index.ts";

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** FICLONE of linux/fs.h. */
const shareExtents = 0x40049409;
/** PROT_EXEC of sys/mman.h. */
const executable = 4;

/** What an attendant does, and no more: no process, no socket, no program, no memory that can be run. */
export const attendantProfile: SeccompProfile = {
  name: "attendant",
  allow:
    names(`read write close poll ppoll openat openat2 fstat newfstatat statx fstatfs lseek pread64 pwrite64
    getdents64 mkdirat unlinkat renameat2 linkat symlinkat readlinkat fchmod fchmodat utimensat ftruncate
    copy_file_range inotify_init1 inotify_add_watch getrandom clock_gettime brk munmap exit exit_group rt_sigreturn
    restart_syscall`),
  deny: [],
  absent: [],
  conditional: [
    {
      names: ["mmap"],
      rules: [{ when: [{ argument: 2, mask: executable, is: "equal", value: 0 }], verdict: "allow" }],
      otherwise: "EPERM",
    },
    {
      names: ["ioctl"],
      rules: [{ when: [{ argument: 1, is: "equal", value: shareExtents }], verdict: "allow" }],
      otherwise: "EPERM",
    },
  ],
};
