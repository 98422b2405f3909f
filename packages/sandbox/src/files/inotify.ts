import type { Buffer } from "node:buffer";

/** Kinds of events of linux/inotify.h. */
export const kinds = {
  modify: 0x2,
  attributes: 0x4,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  remove: 0x200,
  removeSelf: 0x400,
  moveSelf: 0x800,
  unmount: 0x2000,
  overflow: 0x4000,
  ignored: 0x8000,
  directory: 0x40000000,
} as const;

/** IN_EXCL_UNLINK: what is done to a file that has no name any more is not told. */
const onlyNamed = 0x04000000;

/** What a watch is asked for. */
export const watchedKinds =
  kinds.modify |
  kinds.attributes |
  kinds.movedFrom |
  kinds.movedTo |
  kinds.create |
  kinds.remove |
  kinds.removeSelf |
  kinds.moveSelf |
  onlyNamed;

export interface InotifyEvent {
  /** Number of the watch that it came by; -1 for an overflow. */
  readonly watch: number;
  readonly kind: number;
  /** The same for the two halves of a rename. */
  readonly cookie: number;
  /** In the directory that is watched; empty for what is watched itself. */
  readonly name: Buffer;
}

const eventBytes = 16;

/** `struct inotify_event`, one after the other, each with a name that is filled up with NUL; inotify(7). */
export function readInotifyEvents(bytes: Buffer): InotifyEvent[] {
  const events: InotifyEvent[] = [];
  for (let at = 0; at + eventBytes <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 12);
    const name = bytes.subarray(at + eventBytes, at + eventBytes + length);
    const end = name.indexOf(0);
    events.push({
      watch: bytes.readInt32LE(at),
      kind: bytes.readUInt32LE(at + 4),
      cookie: bytes.readUInt32LE(at + 8),
      name: end < 0 ? name : name.subarray(0, end),
    });
    at += eventBytes + length;
  }
  return events;
}
