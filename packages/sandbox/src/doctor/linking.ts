/**
 * Whether a 64-bit little-endian ELF program needs no loader: none of its program headers is PT_INTERP (elf(5)).
 */
export function isStatic(program: Buffer): boolean {
  const interpreter = 3; // PT_INTERP
  const at = { headers: 0x20, headerSize: 0x36, headerCount: 0x38 } as const;
  const headers = Number(program.readBigUInt64LE(at.headers));
  const size = program.readUInt16LE(at.headerSize);
  const count = program.readUInt16LE(at.headerCount);
  for (let index = 0; index < count; index++)
    if (program.readUInt32LE(headers + index * size) === interpreter) return false;
  return true;
}
