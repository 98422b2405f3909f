/** What the host has changed of a sandbox's files; paths are those inside, as `FileEntry.path` shows them. */
export type FileHappening =
  | {
      readonly type: "file.written";
      readonly path: string;
      readonly bytes: number;
      readonly append: boolean;
    }
  | { readonly type: "file.made" | "file.removed"; readonly path: string }
  | { readonly type: "file.renamed" | "file.copied"; readonly path: string; readonly to: string }
  | {
      readonly type: "file.uploaded";
      readonly path: string;
      readonly entries: number;
      readonly bytes: number;
    };
