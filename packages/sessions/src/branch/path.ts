import type { StoredLine } from "../driver.ts";
import { entryIn } from "./entry-line.ts";

/** Where an entry stands in its transcript, and whose child it says it is. */
export interface EntryPlace {
  readonly id: string;
  readonly parentId: string | null;
  readonly offset: number;
}

/** The places of all entries, in the order of the lines; about a hundred bytes of memory for each. */
export async function placesIn(lines: AsyncIterable<StoredLine>, sessionId: string): Promise<EntryPlace[]> {
  const places: EntryPlace[] = [];
  for await (const line of lines) {
    const entry = entryIn(line, sessionId);
    if (entry !== undefined) places.push({ id: entry.id, parentId: entry.parentId, offset: line.offset });
  }
  return places;
}

/**
 * The path from the root to an entry. An entry whose parent does not stand before it, as after a corrupt
 * line, counts as the child of the entry before it.
 *
 * @param places of all entries, first to last
 * @param leafId default: the last entry
 * @returns offsets of the entries on the path; undefined when no entry has that id
 */
export function pathTo(places: readonly EntryPlace[], leafId?: string): ReadonlySet<number> | undefined {
  const indexes = new Map<string, number>();
  const parents = places.map(({ id, parentId }, index) => {
    const parent = parentId === null ? -1 : (indexes.get(parentId) ?? index - 1);
    indexes.set(id, index);
    return parent;
  });
  const leaf = leafId === undefined ? places.length - 1 : indexes.get(leafId);
  if (leaf === undefined) return undefined;
  const path = new Set<number>();
  for (let index = leaf; index >= 0; index = parents[index] ?? -1) {
    const place = places[index];
    if (place !== undefined) path.add(place.offset);
  }
  return path;
}
