import { createDecipheriv, createHash, webcrypto } from 'node:crypto';
import { type Integer, type OctetString, type Sequence } from 'asn1js';
import { CryptoEngine } from 'pkijs';
import { badParameter } from '../key-vault-error';

const SHA1_AND_TRIPLE_DES = '1.2.840.113549.1.12.1.3';
/** What a key made from a password is for (RFC 7292, B.3). */
const [KEY, IV] = [1, 2];
const BLOCK = 64;

type Decryption = Parameters<CryptoEngine['decryptEncryptedContentInfo']>[0];
type Verification = Parameters<CryptoEngine['verifyDataStampedWithPassword']>[0];

const repeated = (bytes: Uint8Array): Buffer => Buffer.alloc(BLOCK * Math.ceil(bytes.length / BLOCK), bytes);

/** The sum of two blocks and one, as big-endian numbers, without the carry. */
function sum(block: Buffer, addend: Buffer): Buffer {
  const number = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
  const added = BigInt.asUintN(8 * BLOCK, number(block) + number(addend) + 1n);
  return Buffer.from(added.toString(16).padStart(2 * BLOCK, '0'), 'hex');
}

/** How PKCS #12 makes keys out of a password (RFC 7292, B.2), by SHA-1. */
function derived(purpose: number, length: number, password: Buffer, salt: Uint8Array, iterations: number): Buffer {
  let input = Buffer.concat([repeated(salt), repeated(password)]);
  let output = Buffer.alloc(0);
  while (output.length < length) {
    let digest = Buffer.concat([Buffer.alloc(BLOCK, purpose), input]);
    for (let round = 0; round < iterations; round += 1) digest = createHash('sha1').update(digest).digest();
    output = Buffer.concat([output, digest]);
    const addend = Buffer.alloc(BLOCK, digest);
    const blocks = Array.from({ length: input.length / BLOCK }, (_, at) =>
      input.subarray(at * BLOCK, (at + 1) * BLOCK),
    );
    input = Buffer.concat(blocks.map((block) => sum(block, addend)));
  }
  return output.subarray(0, length);
}

function decryptTripleDes({ password, encryptedContentInfo: info }: Decryption): ArrayBuffer {
  const parameters = info.contentEncryptionAlgorithm.algorithmParams as Sequence;
  const [salt, iterations] = parameters.valueBlock.value as [OctetString, Integer];
  const text = Buffer.from(`${Buffer.from(password).toString()}\0`, 'utf16le').swap16();
  const bytes = (purpose: number, length: number): Buffer =>
    derived(purpose, length, text, salt.valueBlock.valueHexView, iterations.valueBlock.valueDec);
  const cipher = createDecipheriv('des-ede3-cbc', bytes(KEY, 24), bytes(IV, 8));
  const plain = Buffer.concat([cipher.update(Buffer.from(info.getEncryptedContent())), cipher.final()]);
  return new Uint8Array(plain).buffer;
}

/** The library's own cryptography and, beyond it, the encryption of older PFX files: triple DES with SHA-1. */
class PfxEngine extends CryptoEngine {
  override async decryptEncryptedContentInfo(given: Decryption): Promise<ArrayBuffer> {
    const { algorithmId } = given.encryptedContentInfo.contentEncryptionAlgorithm;
    return algorithmId === SHA1_AND_TRIPLE_DES ? decryptTripleDes(given) : super.decryptEncryptedContentInfo(given);
  }

  /** Throws 400 for a wrong password. */
  override async verifyDataStampedWithPassword(given: Verification): Promise<boolean> {
    if (await super.verifyDataStampedWithPassword(given)) return true;
    throw badParameter('The specified network password is not correct.');
  }
}

/** What opens PFX files of PBES2 and of triple DES with SHA-1 (not of RC2, which nothing has written for years). */
export const pfxEngine = new PfxEngine({ crypto: webcrypto });
