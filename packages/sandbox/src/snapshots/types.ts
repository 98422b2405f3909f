export interface SnapshotOptions {
  /** For people; 1 to 200 characters. Default: none. */
  readonly name?: string;
}

/** Where snapshots are kept. */
export interface SnapshotStoreOptions {
  /**
   * A directory of the host's own, with mode 0700; made when it is not there. Default: `cloison/snapshots` in
   * $XDG_STATE_HOME or ~/.local/state.
   */
  readonly directory?: string;
}

export interface SnapshotInfo {
  readonly id: string;
  readonly name: string | undefined;
  readonly createdAt: Date;
  /** Of the files' content, holes included; a file of several names counts once. */
  readonly sizeBytes: number;
  /** Files, links and pipes; directories do not count. */
  readonly files: number;
  /** Targets of the mounts whose content is in it. */
  readonly mounts: readonly string[];
  /** Why it cannot be used. It is never removed but by `snapshots.delete`. */
  readonly damaged?: string;
}

export interface Snapshots {
  /**
   * Every snapshot of a directory, the oldest first.
   *
   * @throws SnapshotError
   */
  list(options?: SnapshotStoreOptions): Promise<SnapshotInfo[]>;
  /** @throws SnapshotError `not-found`, or `in-use` while a sandbox lives that was made from it */
  delete(id: string, options?: SnapshotStoreOptions): Promise<void>;
}
