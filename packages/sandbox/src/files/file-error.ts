import { SandboxError } from "../errors.ts";
import { errnoName } from "../launcher/status.ts";

/** Why a file could not be worked on. */
export type FileErrorCode =
  | "FILE_OPTION"
  | "FILE_NAME"
  | "FILE_NOT_FOUND"
  | "FILE_EXISTS"
  | "FILE_NOT_A_DIRECTORY"
  | "FILE_IS_A_DIRECTORY"
  | "FILE_NOT_EMPTY"
  | "FILE_PERMISSION"
  | "FILE_READ_ONLY"
  | "FILE_NO_SPACE"
  | "FILE_TOO_LARGE"
  | "FILE_TOO_MANY"
  | "FILE_SPECIAL"
  | "FILE_LINK"
  | "FILE_BUSY"
  | "FILE_OTHER_DEVICE"
  | "FILE_ARCHIVE"
  | "FILE_INTERRUPTED"
  | "FILE_FAILED";

/** Something could not be done with a file of a sandbox; `code` says why, `path` and `errno` where that is known. */
export class FileError extends SandboxError {
  readonly code: FileErrorCode;
  readonly path: string | undefined;
  readonly errno: string | undefined;

  constructor(
    message: string,
    of: { code: FileErrorCode; path?: string | undefined; errno?: string | undefined; cause?: unknown },
  ) {
    super(message, { cause: of.cause });
    this.code = of.code;
    this.path = of.path;
    this.errno = of.errno;
  }
}

export function hasCode(error: unknown, ...codes: readonly FileErrorCode[]): boolean {
  return error instanceof FileError && codes.includes(error.code);
}

interface Meaning {
  readonly code: FileErrorCode;
  readonly words: string;
}

/** By the kernel's name of the failure. */
const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: "FILE_NOT_FOUND", words: "it is not there; check the path" },
  EEXIST: { code: "FILE_EXISTS", words: "something is there already; remove it first" },
  ENOTDIR: { code: "FILE_NOT_A_DIRECTORY", words: "it, or something on the way, is not a directory" },
  EISDIR: { code: "FILE_IS_A_DIRECTORY", words: "it is a directory; name a file in it" },
  ENOTEMPTY: { code: "FILE_NOT_EMPTY", words: "the directory is not empty; remove with recursive: true" },
  EACCES: { code: "FILE_PERMISSION", words: "uid 1000 of the sandbox may not do that there" },
  EPERM: { code: "FILE_PERMISSION", words: "uid 1000 of the sandbox may not do that there" },
  EROFS: {
    code: "FILE_READ_ONLY",
    words: "it lies where the sandbox may only read; write to a rw mount, /tmp or the home directory",
  },
  ENOSPC: {
    code: "FILE_NO_SPACE",
    words: "there is no space left; raise limits.diskMb or memoryMb, or remove files",
  },
  EDQUOT: { code: "FILE_NO_SPACE", words: "limits.diskMb is used up; raise it, or remove files" },
  EFBIG: { code: "FILE_TOO_LARGE", words: "it would be larger than limits.diskMb allows" },
  ENXIO: {
    code: "FILE_SPECIAL",
    words: "it is a pipe, socket, device or file of /proc; only regular files are opened",
  },
  ELOOP: {
    code: "FILE_LINK",
    words: "a symbolic link is where none may be, leads through /proc, or leads in a circle",
  },
  ENAMETOOLONG: { code: "FILE_NAME", words: "the name or the path is too long (255 and 4,095 bytes)" },
  EINVAL: { code: "FILE_NAME", words: "the path has no last name that this could be done to" },
  EBUSY: { code: "FILE_BUSY", words: "something is mounted there" },
  EAGAIN: {
    code: "FILE_BUSY",
    words: "a process of the sandbox holds it, or keeps renaming on the way; try again",
  },
  ETXTBSY: { code: "FILE_BUSY", words: "it is a program that runs" },
  EXDEV: { code: "FILE_OTHER_DEVICE", words: "the two are in different mounts; copy and remove" },
  EMFILE: {
    code: "FILE_TOO_MANY",
    words: "too many streams and watches are open; end some, or raise fs.inotify.max_user_instances",
  },
};

const typeBits = 0o170000;
const kinds: ReadonlyMap<number, string> = new Map([
  [0o010000, "a named pipe"],
  [0o020000, "a character device"],
  [0o060000, "a block device"],
  [0o140000, "a socket"],
]);

/** What was tried, for words: "read", and the path; of what has two, the other as well. */
export interface Attempt {
  readonly action: string;
  readonly path: string;
  readonly to?: string;
}

function describe({ action, path, to }: Attempt): string {
  return `${action} ${JSON.stringify(path)}${to === undefined ? "" : ` to ${JSON.stringify(to)}`}`;
}

/** The error for a failure that the attendant tells of. */
export function fileFailure(errno: number, mode: number, attempt: Attempt): FileError {
  const { path } = attempt;
  const name = errnoName(errno);
  const { code, words } = meanings[name] ?? { code: "FILE_FAILED", words: `the kernel says ${name}` };
  const kind = kinds.get(mode & typeBits);
  const why = kind === undefined ? words : `it is ${kind}; only regular files are opened`;
  return new FileError(`could not ${describe(attempt)}: ${why}`, { code, path, errno: name });
}

export function interrupted(attempt: Attempt): FileError {
  return new FileError(
    `could not ${describe(attempt)}: the process that works on the sandbox's files has ended; the next call starts another`,
    { code: "FILE_INTERRUPTED", path: attempt.path },
  );
}

export function optionError(message: string): FileError {
  return new FileError(message, { code: "FILE_OPTION" });
}

export function archiveError(message: string): FileError {
  return new FileError(`the archive is refused: ${message}`, { code: "FILE_ARCHIVE" });
}
