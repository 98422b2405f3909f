import { createChecks } from "../options/checks.ts";
import { optionError } from "./file-error.ts";
import { parseGlob } from "./glob.ts";
import { defaultReadBytes, maxReadBytes } from "./read-file.ts";
import type {
  CopyOptions,
  DownloadOptions,
  Files,
  FileToWrite,
  ListOptions,
  MakeDirOptions,
  ReadOptions,
  RemoveOptions,
  RenameOptions,
  StatOptions,
  UploadOptions,
  WatchOptions,
  WriteOptions,
} from "./types.ts";

const checks = createChecks((message) => {
  throw optionError(message);
});
const permissionBits = 0o777;
const maxListDepth = 64;
const defaultListEntries = 10_000;
const maxListEntries = 1_000_000;

/** All options that a call was given must be known. @throws FileError */
function known<T extends object>(call: keyof Files, options: T, names: readonly (keyof T & string)[]): T {
  checks.known(checks.fields(options, "the options"), names, `option of files.${call}`);
  return options;
}

function flag(value: unknown, name: string, otherwise: boolean): boolean {
  return value === undefined ? otherwise : checks.flag(value, name);
}

/** 0 stands for none. */
function parseMode(mode: unknown): number {
  return mode === undefined ? 0 : checks.number(mode, "mode", { min: 1, max: permissionBits });
}

export function parseRead(options: ReadOptions) {
  const { format = "text", maxBytes } = known("read", options, ["format", "maxBytes"]);
  checks.oneOf(format, "format", ["text", "bytes", "stream"]);
  const max = format === "stream" ? Number.MAX_SAFE_INTEGER : maxReadBytes;
  const otherwise = format === "stream" ? Infinity : defaultReadBytes;
  return {
    format,
    maxBytes: maxBytes === undefined ? otherwise : checks.number(maxBytes, "maxBytes", { min: 0, max }),
  };
}

export function parseWrite(options: WriteOptions, call: "write" | "append") {
  const { mode, createParents } = known(call, options, ["mode", "createParents"]);
  return { mode: parseMode(mode), createParents: flag(createParents, "createParents", true) };
}

/** The files of `writeMany`, each with its own members alone. */
export function parseMany(files: readonly FileToWrite[]): readonly FileToWrite[] {
  if (!Array.isArray(files)) throw optionError("the files to write must be an array of { path, data }");
  for (const [index, file] of files.entries()) {
    const where = `file ${index} to write`;
    checks.known(checks.fields(file, where), ["path", "data", "mode"], `key of ${where}`);
  }
  return files;
}

export function parseList(options: ListOptions) {
  const {
    depth,
    glob,
    maxEntries = defaultListEntries,
  } = known("list", options, ["depth", "glob", "maxEntries"]);
  const pattern = glob === undefined ? undefined : parseGlob(checks.text(glob, "glob"), maxListDepth);
  return {
    glob: pattern,
    depth:
      depth === undefined
        ? (pattern?.depth ?? 1)
        : checks.number(depth, "depth", { min: 1, max: maxListDepth }),
    maxEntries: checks.number(maxEntries, "maxEntries", { min: 1, max: maxListEntries }),
  };
}

export function parseStat(options: StatOptions) {
  return flag(known("stat", options, ["followLinks"]).followLinks, "followLinks", true);
}

export function parseMakeDir(options: MakeDirOptions) {
  const { mode, recursive } = known("makeDir", options, ["mode", "recursive"]);
  return { mode: parseMode(mode), recursive: flag(recursive, "recursive", true) };
}

export function parseRemove(options: RemoveOptions) {
  const { recursive, force } = known("remove", options, ["recursive", "force"]);
  return { recursive: flag(recursive, "recursive", false), force: flag(force, "force", false) };
}

export function parseRename(options: RenameOptions): boolean {
  return flag(known("rename", options, ["replace"]).replace, "replace", true);
}

export function parseCopy(options: CopyOptions): boolean {
  return flag(known("copy", options, ["recursive"]).recursive, "recursive", false);
}

const maxTreeEntries = 10_000_000;
const defaultTreeEntries = 100_000;
const defaultTreeBytes = 2 ** 32;

/** Bounds of a tree that is taken in or out. */
function parseTree({ maxEntries, maxBytes }: DownloadOptions) {
  const bytes = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const entries = { min: 1, max: maxTreeEntries };
  return {
    maxEntries:
      maxEntries === undefined ? defaultTreeEntries : checks.number(maxEntries, "maxEntries", entries),
    maxBytes: maxBytes === undefined ? defaultTreeBytes : checks.number(maxBytes, "maxBytes", bytes),
  };
}

export function parseUpload(options: UploadOptions) {
  const { links = "beneath", ...bounds } = known("upload", options, ["maxEntries", "maxBytes", "links"]);
  return { ...parseTree(bounds), links: checks.oneOf(links, "links", ["beneath", "any"]) };
}

export function parseDownload(options: DownloadOptions) {
  return parseTree(known("download", options, ["maxEntries", "maxBytes"]));
}

export function parseWatch(options: WatchOptions) {
  const { recursive, signal } = known("watch", options, ["recursive", "signal"]);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw optionError("signal must be an AbortSignal");
  return { recursive: flag(recursive, "recursive", false), signal };
}
