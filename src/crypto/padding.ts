const SMALLEST = 1_024;
const LARGEST_POWER = 65_536;
const SPACE = 0x20;

/** The size in bytes that a plaintext of `size` bytes is padded to (docs/format.md, section 4). */
export function bucketSize(size: number): number {
  if (size > LARGEST_POWER) return Math.ceil(size / LARGEST_POWER) * LARGEST_POWER;
  return Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(size, 1))));
}

/** JSON text in UTF-8, followed by spaces up to its size bucket, so that the sizes of blobs tell little. */
export function paddedJson(value: object): Uint8Array {
  const json = JSON.stringify(value);
  const padded = Buffer.alloc(bucketSize(Buffer.byteLength(json)), SPACE);
  padded.write(json, 'utf8');
  return padded;
}
