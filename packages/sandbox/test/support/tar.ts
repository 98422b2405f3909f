import { blockBytes, encodeMember, padding, type TarMember } from "../../src/files/tar-header.ts";
import { readTar } from "../../src/files/tar-reader.ts";

/** A member as a test writes it. */
export interface Member extends Partial<Omit<TarMember, "path" | "link">> {
  readonly path: string;
  readonly link?: string;
  readonly data?: string;
}

/** An archive of these members. */
export function makeTar(...members: readonly Member[]): Buffer {
  const blocks = members.flatMap(
    ({ path, link = "", data = "", type = "file", mode = 0o644, modified = 1e9 }) => {
      const names = { path: Buffer.from(path, "latin1"), link: Buffer.from(link, "latin1") };
      const size = type === "file" ? Buffer.byteLength(data) : 0;
      return [encodeMember({ ...names, type, mode, modified, size }), Buffer.from(data), padding(size)];
    },
  );
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

/** What an archive holds, in words. */
export async function readMembers(archive: Uint8Array): Promise<Record<string, string>> {
  async function* pieces() {
    // Odd sizes: nothing in an archive may depend on how it is cut.
    for (let at = 0; at < archive.length; at += 777) yield archive.subarray(at, at + 777);
  }
  const members: Record<string, string> = {};
  for await (const { path, type, mode, size, modified, link, body } of readTar(pieces())) {
    let data = "";
    for await (const piece of body) data += piece.toString("latin1");
    const bytes = data.length > 40 ? `${data.length} bytes` : data;
    members[path.toString("latin1")] =
      `${type} ${mode.toString(8)} ${size} ${modified} ${link.toString("latin1")} ${bytes}`.trimEnd();
  }
  return members;
}

/** With one byte, or bytes, changed, and the sum of the first header right again where it is to be. */
export function patched(archive: Buffer, at: number, text: string, sum = true): Buffer {
  const changed = Buffer.from(archive);
  changed.write(text, at, "latin1");
  if (!sum) return changed;
  changed.fill(0x20, 148, 156);
  const total = changed.subarray(0, blockBytes).reduce((all, byte) => all + byte, 0);
  changed.write(`${total.toString(8).padStart(6, "0")}\0 `, 148);
  return changed;
}
