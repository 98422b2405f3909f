import type { Readable } from "node:stream";

/**
 * A path inside the sandbox. A relative one is beneath `/workspace` where something is mounted there, else beneath the
 * home directory. Links lead where they lead for a command inside. Bytes are for names that are not UTF-8; a string
 * with U+FFFD in it is refused, because it may be how such a name is shown.
 */
export type FilePath = string | Uint8Array;

export type FileType = "file" | "directory" | "symlink" | "other";

/** What is known of a file. All of it is the sandbox's word: names may hold anything but "/" and NUL. */
export interface FileEntry {
  /** Its last name; bytes that are not UTF-8 are shown as U+FFFD. */
  readonly name: string;
  /** Absolute, inside the sandbox; shown in the same way. */
  readonly path: string;
  /** The path itself, where `path` does not show all of it. */
  readonly rawPath?: Uint8Array;
  readonly type: FileType;
  /** Bytes; as large as it says, also where most of it is a hole. */
  readonly size: number;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  readonly modifiedAt: Date;
  /** Where a symbolic link leads, as it says; from `stat` only. */
  readonly linkTarget?: string;
  /** What is in this directory could not be listed: not readable, too deep, or replaced meanwhile. */
  readonly unlisted?: true;
}

export interface ReadOptions {
  /** `text`, the default, is UTF-8. A `stream` is read as fast as it is taken. */
  readonly format?: "text" | "bytes" | "stream";
  /** A larger file is an error. Default 64 MiB, at most 1 GiB; for a stream no limit. */
  readonly maxBytes?: number;
}

export interface WriteOptions {
  /** Permission bits. Default: those of the file that is replaced, else 0o644. */
  readonly mode?: number;
  /** Makes directories that are missing on the way. Default true. */
  readonly createParents?: boolean;
}

export type FileData = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export interface FileToWrite {
  readonly path: FilePath;
  readonly data: FileData;
  readonly mode?: number;
}

export interface ListOptions {
  /** Levels of directories; 1, the default, is what is in this one. At most 64. With `glob` as deep as that needs. */
  readonly depth?: number;
  /**
   * Lists only what this matches, by its path beneath the directory: `*` and `?` within a name, `**` for any number of
   * directories, `[a-z]`, `{a,b}`. Names that begin with a dot match like others.
   */
  readonly glob?: string;
  /** More is an error. Counts what is looked at, also where `glob` leaves it out. Default 10,000, at most 1,000,000. */
  readonly maxEntries?: number;
}

export interface StatOptions {
  /** Tells of a symbolic link where it leads, the default, or with false of the link itself. */
  readonly followLinks?: boolean;
}

export interface MakeDirOptions {
  readonly mode?: number;
  /** Makes what is missing on the way; a directory that is there is as good. Default true. */
  readonly recursive?: boolean;
}

export interface RemoveOptions {
  /** Removes a directory with all that is in it; no link in it is followed. Default false. */
  readonly recursive?: boolean;
  /** Nothing there is as good. Default false. */
  readonly force?: boolean;
}

export interface CopyOptions {
  /** Copies a directory with all that is in it, links as links; other than files, directories and links is left out. */
  readonly recursive?: boolean;
}

export interface RenameOptions {
  /** Replaces a file that is there. Default true. */
  readonly replace?: boolean;
}

export interface WatchOptions {
  /** Watches directories in it as well, also new ones. Default false. */
  readonly recursive?: boolean;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/**
 * A change. `overflow`: more happened than could be told, so look at the files themselves. With `renamed`, `path` is
 * the new one and `from` the old one; a file that came from elsewhere is `created`, one that went there `removed`.
 */
export interface FileChange {
  readonly type: "created" | "modified" | "removed" | "renamed" | "overflow";
  readonly path: string;
  readonly from?: string;
}

/** Changes from the moment it was given on; ends with the sandbox, `close()`, its `signal`, or when no longer iterated. */
export interface FileWatch extends AsyncIterable<FileChange> {
  close(): void;
}

export interface UploadOptions {
  /** More entries are an error. Default 100,000. */
  readonly maxEntries?: number;
  /** More bytes of files are an error. Default 4 GiB. */
  readonly maxBytes?: number;
  /**
   * `beneath`, the default: a symbolic link that leads out of what is uploaded is an error. `any`: it is made as it is,
   * but never followed by what is uploaded after it.
   */
  readonly links?: "beneath" | "any";
}

export interface DownloadOptions {
  /** More entries are an error. Default 100,000. */
  readonly maxEntries?: number;
  /** More bytes of files are an error. Default 4 GiB. */
  readonly maxBytes?: number;
}

export interface UploadResult {
  readonly files: number;
  readonly directories: number;
  readonly links: number;
  /** Of files. */
  readonly bytes: number;
}

/**
 * The sandbox's files, by a process with the sandbox's own ids that sees what the sandbox sees: what a command inside
 * could not read or write, this cannot either. Works while the sandbox is paused. Everything rejects with
 * {@link FileError}, or with SandboxClosedError once the sandbox has ended.
 */
export interface Files {
  read(path: FilePath, options?: ReadOptions & { readonly format?: "text" }): Promise<string>;
  read(path: FilePath, options: ReadOptions & { readonly format: "bytes" }): Promise<Buffer>;
  read(path: FilePath, options: ReadOptions & { readonly format: "stream" }): Promise<Readable>;
  /** Replaces the file as a whole: others see the old content or the new. A symbolic link is followed. */
  write(path: FilePath, data: FileData, options?: WriteOptions): Promise<void>;
  /** Writes each as `write` does; on the first error the others that have begun end, and no more begin. */
  writeMany(files: readonly FileToWrite[]): Promise<void>;
  /** Adds to the end of a file, which is made if it is missing. */
  append(path: FilePath, data: FileData, options?: WriteOptions): Promise<void>;
  /** In the order of their paths; no link is followed below the directory itself. */
  list(path: FilePath, options?: ListOptions): Promise<FileEntry[]>;
  stat(path: FilePath, options?: StatOptions): Promise<FileEntry>;
  exists(path: FilePath): Promise<boolean>;
  makeDir(path: FilePath, options?: MakeDirOptions): Promise<void>;
  /** A symbolic link is removed itself. */
  remove(path: FilePath, options?: RemoveOptions): Promise<void>;
  rename(from: FilePath, to: FilePath, options?: RenameOptions): Promise<void>;
  /** Holes stay holes, and blocks are shared where the file system can. */
  copy(from: FilePath, to: FilePath, options?: CopyOptions): Promise<void>;
  watch(path: FilePath, options?: WatchOptions): Promise<FileWatch>;
  /**
   * Puts a tar stream, or a directory of the host by its path, into a directory inside, which is made if it is missing.
   * Files that are there are replaced. An archive with an absolute name, "..", a device, a pipe, or a link that leads
   * out is refused where that comes; what came before stays.
   */
  upload(
    source: string | AsyncIterable<Uint8Array>,
    path: FilePath,
    options?: UploadOptions,
  ): Promise<UploadResult>;
  /** A tar stream (pax) of a directory or a file; sockets, pipes and devices are left out. */
  download(path: FilePath, options?: DownloadOptions): Promise<Readable>;
}
