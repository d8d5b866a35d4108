import { createHash, createHmac } from 'node:crypto';

/** What a key made from a password is for (RFC 7292, B.3). */
const PURPOSES = { key: 1, iv: 2, mac: 3 } as const;

const BLOCK_BYTES: Readonly<Record<string, number>> = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 };

/** How PKCS #12 makes keys out of a password (RFC 7292, B.2); `hash` by Node's name. */
export interface Pkcs12Derivation {
  hash: string;
  salt: Uint8Array;
  iterations: number;
}

/** The password as PKCS #12 takes it: UTF-16 with a zero at the end. Some writers take nothing at all for the empty one. */
export function pkcs12Password(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}

function repeatedTo(bytes: Uint8Array, block: number): Buffer {
  return bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(block * Math.ceil(bytes.length / block), bytes);
}

/** Adds `addend` and one to a block, as big-endian numbers, and drops the carry. */
function addInto(block: Buffer, addend: Buffer): void {
  let carry = 1;
  for (let index = block.length - 1; index >= 0; index -= 1) {
    const sum = block.readUInt8(index) + addend.readUInt8(index) + carry;
    block.writeUInt8(sum & 0xff, index);
    carry = sum >> 8;
  }
}

/** `length` bytes for one purpose. `password` as {@link pkcs12Password} gives it. */
export function derive(
  { hash, salt, iterations }: Pkcs12Derivation,
  password: Buffer,
  purpose: keyof typeof PURPOSES,
  length: number,
): Buffer {
  const block = BLOCK_BYTES[hash] ?? 64;
  const diversifier = Buffer.alloc(block, PURPOSES[purpose]);
  const input = Buffer.concat([repeatedTo(salt, block), repeatedTo(password, block)]);
  const output: Buffer[] = [];
  for (let made = 0; made < length; made += output.at(-1)?.length ?? length) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round += 1) digest = createHash(hash).update(digest).digest();
    output.push(digest);
    const addend = Buffer.alloc(block, digest);
    for (let start = 0; start < input.length; start += block) addInto(input.subarray(start, start + block), addend);
  }
  return Buffer.concat(output).subarray(0, length);
}

/** The MAC of PKCS #12 over `content`. */
export function macOf(derivation: Pkcs12Derivation, password: Buffer, content: Uint8Array): Buffer {
  const length = createHash(derivation.hash).digest().length;
  const key = derive(derivation, password, 'mac', length);
  return createHmac(derivation.hash, key).update(content).digest();
}
