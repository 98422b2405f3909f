import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { diskMechanism } from "./disk-mechanism.ts";

const bytesPerMb = 2 ** 20;
/** One file for so much space is what mkfs.ext4 sets aside inodes for at the most common of small block sizes. */
const bytesPerFile = 4096;

/** RLIMIT_FSIZE of asm-generic/resource.h. */
const fileSize = "1";

/** No file may be larger than all that may be added. Empty without a limit. */
export function fileSizeLimit({ limits: { diskMb } }: ParsedOptions): Operation[] {
  return diskMb === undefined ? [] : [["rlimit", fileSize, String(diskMb * bytesPerMb)]];
}

/** Directories and files of the host that the sandbox may write to. */
function writableSources({ mounts, writableSystem }: ParsedOptions): string[] {
  const sources = mounts.filter(({ access }) => access === "rw").map(({ source }) => source);
  return writableSystem?.directory === undefined ? sources : [...sources, writableSystem.directory];
}

/** What the launcher needs to hold the limit in the writable mounts; empty without a limit or such mounts. */
export function diskLimit(options: ParsedOptions): Operation[] {
  const { diskMb } = options.limits;
  const sources = writableSources(options);
  if (diskMb === undefined || sources.length === 0) return [];
  const bytes = diskMb * bytesPerMb;
  const mayHaveQuota = sources.every((source) => diskMechanism(source).by === "project quota");
  return [
    ["disk", String(bytes), String(bytes / bytesPerFile)],
    ...sources.map((source): Operation => ["disk-source", source]),
    ...(mayHaveQuota ? [["disk-quota"] as const] : []),
  ];
}
