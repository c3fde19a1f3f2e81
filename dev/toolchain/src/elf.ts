import { open } from 'node:fs/promises';

/** Program header type of the interpreter, which loads a dynamic program's libraries (elf(5)). */
const PT_INTERP = 3;

/** Whether the 64-bit little-endian ELF program at `path` needs a loader and libraries; false for other files. */
export async function isDynamic(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(64);
    await file.read(header, 0, header.length, 0);
    if (header.readUInt32BE(0) !== 0x7f454c46) return false;
    const [offset, size, count] = [
      Number(header.readBigUInt64LE(32)),
      header.readUInt16LE(54),
      header.readUInt16LE(56),
    ];
    const table = Buffer.alloc(size * count);
    await file.read(table, 0, table.length, offset);
    return Array.from({ length: count }, (_, index) => table.readUInt32LE(index * size)).includes(PT_INTERP);
  } finally {
    await file.close();
  }
}
