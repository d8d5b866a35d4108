import { BlobServiceClient } from '@azure/storage-blob';
import { type JsonWebKey } from 'node:crypto';
import { KEY_NAMES, KEY_VAULT } from '../local/stack/estate';
import { containerSource } from '../test/independent/container-source';
import { type Finding } from '../test/independent/findings';
import { type SnapshotSource } from '../test/independent/source';
import { type Verification, verifySnapshots, type VerifyOptions } from '../test/independent/verify';
import { expectPresent, expectThat } from './expectation';
import { Person } from './person';
import { type Scene, SOURCE_VAULT } from './scene';
import { type Tier } from './steps/back-up';

const SIGNING_KEY_READER = 'd0000000-0000-4000-8000-000000000002';

/** Somebody from outside: with a SAS that lists and reads, and the public signing key. Nothing of the app, no right on any vault. */
export interface Auditor {
  readonly storage: BlobServiceClient;
  readonly publicKey: JsonWebKey;
  /** Signs what is left of snapshots that were pruned. */
  readonly pruneKey: JsonWebKey;
}

/** Equips the auditor; the public key is handed over once, by somebody who may read it. */
export async function createAuditor({ stack, ground }: Scene): Promise<Auditor> {
  const keeper = await Person.with(ground, SIGNING_KEY_READER, { [KEY_VAULT]: ['keys/read'] });
  return {
    storage: BlobServiceClient.fromConnectionString(stack.endpoints.connections.reader),
    publicKey: await publicKeyOf(keeper, KEY_NAMES.signing),
    pruneKey: await publicKeyOf(keeper, KEY_NAMES.pruning),
  };
}

async function publicKeyOf(keeper: Person, name: string): Promise<JsonWebKey> {
  const stored = await keeper.keys(KEY_VAULT).getKey(name);
  const key = expectPresent(stored.key, `the public part of ${name}`);
  const coordinate = (bytes: Uint8Array | undefined): string =>
    Buffer.from(expectPresent(bytes, 'an elliptic-curve signing key')).toString('base64url');
  return { kty: 'EC', crv: expectPresent(key.crv, 'a curve'), x: coordinate(key.x), y: coordinate(key.y) };
}

/** The container of a tier, as the auditor reads it. */
export function containerOf({ storage }: Auditor, tier: Tier): SnapshotSource {
  return containerSource(storage.getContainerClient(`strongroom-${tier}`));
}

/** Verifies a vault, the large one if none is named, with the auditor's means. */
export function verify(
  { publicKey, pruneKey }: Auditor,
  options: Pick<VerifyOptions, 'source' | 'tier' | 'now' | 'expectedHead' | 'otherTierSource'> & { vault?: string },
): Promise<Verification> {
  return verifySnapshots({ vault: SOURCE_VAULT, ...options, pinnedKeys: [publicKey], pruneKeys: [pruneKey] });
}

/** What disproves something that the snapshots claim. */
export function faultsOf({ findings }: Verification): Finding[] {
  return findings.filter(({ severity }) => severity === 'fault');
}

/** Expects that nothing at all is wrong. */
export function expectIntact(verification: Verification): void {
  const [first, ...more] = faultsOf(verification);
  expectThat(
    first === undefined,
    'the verifier to find nothing wrong',
    `it found ${more.length + 1} fault(s), first ${first?.code ?? ''}: ${first?.detail ?? ''}`,
  );
}
