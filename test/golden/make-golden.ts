import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type BlobRef, type DataKeyRef, type ObjectAttributes, type ObjectVersion } from '../../src/contracts/objects';
import { WHOLE_VAULT } from '../../src/contracts/scopes';
import { FORMAT, NO_FACTS, type RecipientRef, type SigningKeyRef } from '../../src/contracts/snapshots';
import { createRecipients } from '../../src/crypto/recipients';
import { createSigning } from '../../src/crypto/signing';
import { type ManifestSigner, type SnapshotSealer } from '../../src/crypto/port';
import { createSnapshotSealer } from '../../src/crypto/snapshot-sealer';
import { countObjects } from '../../src/domain/counts';
import { manifestPath, snapshotPlace } from '../../src/domain/ids';
import { buildManifest, type ChainHead, indexEntry, type IndexedObject } from '../../src/domain/manifests';
import { ecKey, GeneratedVaultKeys, rsaKey, thumbprintOf } from '../fakes/generated-vault-keys';
import { InMemoryArchive } from '../fakes/in-memory-archive';
import { noApprovals } from '../fakes/no-approvals';
import { ManualClock } from '../fakes/manual-clock';

// Made test/golden/format-1 once. What it made must open for ever, so it never runs again over a folder that is there:
//   npx tsc -p tsconfig.json --noEmit false --incremental false --rootDir . --outDir .build/golden
//   node .build/golden/test/golden/make-golden.js FOLDER

const KEYS = 'https://strongroom-keys.vault.azure.net/keys';
const VAULT = {
  url: 'https://contoso-prod.vault.azure.net',
  shortName: 'contoso-prod',
  subscriptionId: '6f1d2c3b-4a59-4e68-8d77-9c0b1a2e3f40',
  geography: 'Europe',
};
const SCHEDULE = '0 0 2 * * *';

interface GoldenRun {
  snapshot: string;
  occurrence: string;
  objects: readonly GoldenObject[];
  /** After how many objects the process is replaced by another one, which has no data key of the first. */
  restartAfter?: number;
}

interface GoldenObject {
  kind: 'secret' | 'key';
  name: string;
  outcome: 'stored' | 'managed' | 'failed';
  versions: ObjectVersion[];
}

const stored = (kind: 'secret' | 'key', name: string, versions: ObjectVersion[]): GoldenObject => ({
  kind,
  name,
  outcome: 'stored',
  versions,
});

const PASSWORD: ObjectVersion = {
  version: '4387e9f3d6e14c459867679a90fd0f79',
  enabled: true,
  created: '2026-02-01T09:30:00.000Z',
  updated: '2026-02-01T09:30:00.000Z',
  expires: '2027-01-01T00:00:00.000Z',
  contentType: 'text/plain',
  tags: { team: 'payments' },
};
const OLD_PASSWORD: ObjectVersion = {
  version: 'a1c20f4be2b94d0b8f3d1c6a7e5b9042',
  enabled: false,
  created: '2025-01-10T08:00:00.000Z',
  updated: '2026-02-01T09:31:00.000Z',
};
const VERSION: ObjectVersion = {
  version: '0b5e6c1d7f2a4839a6b5c4d3e2f10987',
  enabled: true,
  created: '2025-06-30T12:00:00.000Z',
  updated: '2025-06-30T12:00:00.000Z',
};
const MANAGED: GoldenObject = { kind: 'secret', name: 'web-tls', outcome: 'managed', versions: [] };
const SECRETS = [
  stored('secret', 'db-password', [PASSWORD, OLD_PASSWORD]),
  stored('secret', 'Mail-API-key', [{ ...VERSION, tags: { note: 'Umlaute äöü, 日本語' } }]),
  stored('secret', 'not-yet-valid', [{ ...VERSION, notBefore: '2030-01-01T00:00:00.000Z' }]),
];
const RUNS: GoldenRun[] = [
  {
    snapshot: '20261122T020000Z-1f0c9a7e55d1',
    occurrence: '2026-11-22T02:00:00.000Z',
    objects: [stored('key', 'token-signing', [VERSION]), ...SECRETS, MANAGED],
  },
  {
    snapshot: '20261123T020000Z-8c2b7d10e4f3',
    occurrence: '2026-11-23T02:00:00.000Z',
    objects: [{ kind: 'key', name: 'token-signing', outcome: 'failed', versions: [] }, ...SECRETS, MANAGED],
    restartAfter: 2,
  },
];

interface Writer {
  archive: InMemoryArchive;
  clock: ManualClock;
  signer: ManifestSigner;
  signingKey: SigningKeyRef;
  recipients: RecipientRef[];
  newSealer(): SnapshotSealer;
}

async function newWriter(kek: KeyObject, offline: KeyObject, signing: KeyObject): Promise<Writer> {
  const [archive, clock, keys] = [new InMemoryArchive(), new ManualClock(), new GeneratedVaultKeys()];
  keys.add(`${KEYS}/archive-kek`, { privateKey: kek });
  keys.add(`${KEYS}/archive-signing`, { privateKey: signing });
  const settings = { key: `${KEYS}/archive-signing`, former: [], pinned: [] };
  const { signer } = createSigning({ settings, keys, archive, clock, version: '0.1.0' });
  const { key: signingKey } = await signer.choose({ tier: 'daily', shortName: VAULT.shortName });
  const recipientKeys = createRecipients({
    configured: [{ kek: `${KEYS}/archive-kek`, approved: [thumbprintOf(kek)] }, { pem: publicPem(offline) }],
    approvals: noApprovals, keys,
    clock,
  });
  const { recipients } = await recipientKeys.choose();
  const newSealer = () => createSnapshotSealer({ archive, recipientKeys, clock });
  return { archive, clock, signer, signingKey, recipients, newSealer };
}

async function backUp(writer: Writer, run: GoldenRun, head: ChainHead | undefined): Promise<ChainHead> {
  const { archive, clock, recipients } = writer;
  clock.advance(Date.parse(run.occurrence) - clock.now().getTime() + 1_204);
  const startedAt = clock.now().toISOString();
  const place = snapshotPlace('daily', VAULT.shortName, run.snapshot);
  const common = { format: FORMAT, snapshot: run.snapshot, vault: VAULT.url } as const;
  const dataKeys = new Map<string, DataKeyRef>();
  const indexed: IndexedObject[] = [];
  let sealer = writer.newSealer();
  for (const [number, { kind, name, outcome, versions }] of run.objects.entries()) {
    if (number === run.restartAfter) sealer = writer.newSealer();
    clock.advance(113);
    let item: BlobRef | null = null;
    if (outcome === 'stored') {
      const backup = Buffer.from(`a stand-in for the backup of ${kind} ${name}`).toString('base64url');
      const takenAt = clock.now().toISOString();
      const payload = { ...common, type: 'item', kind, name, payload: 'native', takenAt, versions, backup } as const;
      const result = await sealer.store(place, recipients, payload);
      item = result.stored;
      dataKeys.set(result.dataKey.id, result.dataKey);
    }
    const code = outcome === 'failed' ? 'vault_forbidden' : null;
    const attributes = { ...attributesOf(versions), recoveryLevel: 'Recoverable' };
    const listed = versions.map(({ contentType: _type, tags: _these, ...version }) => version);
    indexed.push({
      kind,
      name,
      managed: outcome === 'managed',
      attributes,
      outcome,
      code,
      ...NO_FACTS,
      payloads: item === null ? [] : [{ payload: 'native', ref: item }],
      versions: listed,
    });
  }
  const objects = indexed
    .map(indexEntry)
    .sort((a, b) => (`${a.kind} ${a.name.toLowerCase()}` < `${b.kind} ${b.name.toLowerCase()}` ? -1 : 1));
  const index = await sealer.store(place, recipients, { ...common, type: 'index', tier: 'daily', objects });
  dataKeys.set(index.dataKey.id, index.dataKey);
  const manifest = buildManifest({
    snapshot: run.snapshot,
    tier: 'daily',
    vault: VAULT,
    head,
    otherHead: undefined,
    scheduledFor: run.occurrence,
    startedAt,
    closedAt: clock.now(),
    schedule: SCHEDULE,
    scope: WHOLE_VAULT,
    retention: { dailyDays: 30, monthlyMonths: 12 },
    counts: countObjects(objects),
    recipients,
    dataKeys: [...dataKeys.values()],
    index: index.stored,
    items: indexed.flatMap(({ payloads }) => payloads.map(({ ref }) => ref)),
    signingKey: writer.signingKey,
    version: '0.1.0',
  });
  const jws = Buffer.from(await writer.signer.sign(place, manifest), 'ascii');
  await archive.put('daily', manifestPath(place), jws);
  return { manifest, digest: createHash('sha256').update(jws).digest('hex') };
}

function attributesOf(versions: readonly ObjectVersion[]): ObjectAttributes {
  const [{ contentType: _contentType, tags: _tags, version: _version, ...attributes } = VERSION] = versions;
  return attributes;
}

async function make(folder: string): Promise<void> {
  if (existsSync(folder)) throw new Error(`${folder} is there already. A golden snapshot is made once.`);
  const [kek, offline, signing] = [rsaKey(), rsaKey(), ecKey()];
  const writer = await newWriter(kek, offline, signing);
  let head: ChainHead | undefined;
  for (const run of RUNS) head = await backUp(writer, run, head);
  for (const [path, blob] of writer.archive.blobs.daily) write(join(folder, 'strongroom-daily', path), blob);
  const privateJwk = JSON.stringify(offline.export({ format: 'jwk' }), undefined, 2);
  write(join(folder, 'keys/kek.private.pem'), kek.export({ type: 'pkcs8', format: 'pem' }));
  write(join(folder, 'keys/offline.private.jwk.json'), `${privateJwk}\n`);
  write(join(folder, 'keys/signing.private.pem'), signing.export({ type: 'pkcs8', format: 'pem' }));
  write(join(folder, 'keys/signing.public.pem'), publicPem(signing));
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { flag: 'wx' });
}

function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('Name the folder to make the golden snapshots in.');
void make(resolve(folder));
