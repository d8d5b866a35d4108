import { generateKeyPairSync } from 'node:crypto';
import { CompactSign, decodeProtectedHeader } from 'jose';
import { type FindingCode } from '../test/independent/findings';
import { type VerifiedSnapshot } from '../test/independent/verify';
import { type ArchiveCopy } from './archive-copy';
import { expectPresent } from './expectation';

/** What the verifier must be told to see it: nothing but storage and key, the time, the known head, or the other tier. */
export type Witness = 'none' | 'time' | 'head' | 'other tier';

/** One way to tamper with the archive, and what the verifier must say of it: exactly these codes. */
export interface Tampering {
  readonly what: string;
  readonly witness: Witness;
  readonly codes: readonly FindingCode[];
  readonly tamper: (copy: ArchiveCopy) => Promise<void>;
}

/** Everything that is tried on the daily tier. `newest` and `older` are its two snapshots. */
export function tamperings(newest: VerifiedSnapshot, older: VerifiedSnapshot): Tampering[] {
  return [...withBlobs(newest), ...withManifests(newest), ...withSnapshots(newest, older)];
}

function withBlobs(newest: VerifiedSnapshot): Tampering[] {
  const at = (blob: string): string => `${newest.folder.path}${blob}`;
  const [left, right] = twinsOf(newest);
  const { index, dataKeys } = newest.manifest;
  const dataKey = expectPresent(dataKeys[0], 'a data key in the manifest').blob;
  const onOne = (what: string, code: FindingCode, tamper: Tampering['tamper']): Tampering => ({
    what,
    witness: 'none',
    codes: [code],
    tamper,
  });
  return [
    onOne('a sealed object deleted', 'blob_missing', (copy) => copy.delete(at(left))),
    {
      what: 'two sealed objects of equal size swapped',
      witness: 'none',
      codes: ['blob_damaged', 'blob_damaged'],
      tamper: (copy) => copy.swap(at(left), at(right)),
    },
    onOne('a sealed object cut by one byte', 'blob_truncated', (copy) => copy.rewrite(at(left), cutOneByte)),
    onOne('one bit of a sealed object flipped', 'blob_damaged', (copy) => copy.rewrite(at(left), flipOneBit)),
    onOne('one bit of the index flipped', 'blob_damaged', (copy) => copy.rewrite(at(index), flipOneBit)),
    onOne('the sealed data key deleted', 'blob_missing', (copy) => copy.delete(at(dataKey))),
  ];
}

function withManifests(newest: VerifiedSnapshot): Tampering[] {
  const manifest = `${newest.folder.path}manifest.jws`;
  return [
    {
      what: 'one bit of the manifest flipped',
      witness: 'none',
      codes: ['manifest_damaged'],
      tamper: (copy) => copy.rewrite(manifest, flipOneBit),
    },
    {
      what: "the manifest signed anew with a stranger's key",
      witness: 'none',
      codes: ['manifest_damaged'],
      tamper: (copy) => copy.rewrite(manifest, signAsStranger),
    },
  ];
}

function withSnapshots(newest: VerifiedSnapshot, older: VerifiedSnapshot): Tampering[] {
  const removed = (witness: Witness, code: FindingCode, how: string): Tampering => ({
    what: `the newest snapshot removed, ${how}`,
    witness,
    codes: [code],
    tamper: (copy) => copy.delete(newest.folder.path),
  });
  return [
    {
      what: 'an older snapshot removed',
      witness: 'none',
      codes: ['snapshot_missing'],
      tamper: (copy) => copy.delete(older.folder.path),
    },
    removed('head', 'head_mismatch', 'known by its digest'),
    removed('other tier', 'snapshot_missing', 'seen by the other tier'),
    removed('time', 'snapshot_overdue', 'told by the time'),
  ];
}

/** Two sealed objects of one size, so that no size tells that they were swapped. */
function twinsOf({ manifest }: VerifiedSnapshot): [string, string] {
  const bySize = new Map<number, string>();
  for (const { blob, bytes } of manifest.blobs.filter((entry) => entry.blob.startsWith('items/'))) {
    const twin = bySize.get(bytes);
    if (twin !== undefined) return [twin, blob];
    bySize.set(bytes, blob);
  }
  return expectPresent<[string, string]>(undefined, 'two sealed objects of one size');
}

function cutOneByte(bytes: Buffer): Buffer {
  return bytes.subarray(0, -1);
}

function flipOneBit(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}

async function signAsStranger(bytes: Buffer): Promise<Buffer> {
  const jws = bytes.toString('latin1');
  const payload = Buffer.from(jws.split('.')[1] ?? '', 'base64url');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { ...decodeProtectedHeader(jws), alg: 'ES256' };
  return Buffer.from(await new CompactSign(payload).setProtectedHeader(header).sign(privateKey));
}
