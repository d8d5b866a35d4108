import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { backUpObject, type HandledObject } from '../../src/activities/back-up-object';
import { RotationPolicies } from '../../src/activities/rotation-policies';
import { type BackupTarget } from '../../src/activities/stored-object';
import { type ObjectVersion } from '../../src/contracts/objects';
import { WHOLE_VAULT } from '../../src/contracts/scopes';
import { FORMAT, NO_FACTS } from '../../src/contracts/snapshots';
import { createSigning } from '../../src/crypto/signing';
import { createRecipients } from '../../src/crypto/recipients';
import { createSnapshotSealer } from '../../src/crypto/snapshot-sealer';
import { countObjects } from '../../src/domain/counts';
import { manifestPath, snapshotPlace } from '../../src/domain/ids';
import { buildManifest, indexEntry } from '../../src/domain/manifests';
import { StrongroomError } from '../../src/errors';
import { type FakeObject, FakeVaultReader } from '../fakes/fake-vault-reader';
import { ecKey, GeneratedVaultKeys, rsaKey } from '../fakes/generated-vault-keys';
import { noApprovals } from '../fakes/no-approvals';
import { InMemoryArchive } from '../fakes/in-memory-archive';
import { ManualClock } from '../fakes/manual-clock';

// Made test/golden/format-1-portable once, with OpenSSL for the certificates. What it made must open for ever, so it never runs again over a folder
// that is there:
//   npx tsc -p tsconfig.json --noEmit false --incremental false --rootDir . --outDir .build/golden
//   node .build/golden/test/golden/make-golden-portable.js FOLDER

const SIGNING = 'https://strongroom-keys.vault.azure.net/keys/archive-signing';
const VAULT = {
  url: 'https://contoso-prod.vault.azure.net',
  shortName: 'contoso-prod',
  subscriptionId: '6f1d2c3b-4a59-4e68-8d77-9c0b1a2e3f40',
  geography: 'Europe',
};
const OCCURRENCE = '2026-11-24T02:00:00.000Z';
const PLACE = snapshotPlace('daily', VAULT.shortName, '20261124T020000Z-5a1e90c7d3b2');

const id = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
const version = (name: string, day: number, more: Partial<ObjectVersion> = {}): ObjectVersion => ({
  version: id(`${name} ${day}`),
  enabled: true,
  created: `2026-03-0${day}T08:00:00.000Z`,
  updated: `2026-03-0${day}T08:00:00.000Z`,
  ...more,
});

/** A certificate that OpenSSL signs itself, as PEM and PKCS #12 without password. */
function selfSigned(name: string, key: string[]): { cer: Buffer; x5t: Buffer; pem: string; pfx: string; open: string } {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-golden-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  try {
    openssl('req', '-x509', '-newkey', ...key, '-nodes', '-keyout', 'k', '-out', 'c', '-subj', `/CN=${name}`, '-days', '3650');
    openssl('pkcs12', '-export', '-inkey', 'k', '-in', 'c', '-out', 'p', '-passout', 'pass:');
    const [privateKey, certificate] = ['k', 'c'].map((file) => readFileSync(join(folder, file), 'utf8'));
    const cer = new X509Certificate(certificate!).raw;
    const pfx = readFileSync(join(folder, 'p')).toString('base64');
    const x5t = createHash('sha1').update(cer).digest();
    return { cer, x5t, pem: `${privateKey!}${certificate!}`, pfx, open: certificate! };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function objects(): FakeObject[] {
  const [rsa, ec, pinned] = [
    selfSigned('web.contoso.example', ['rsa:2048']),
    selfSigned('api.contoso.example', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']),
    selfSigned('pinned.contoso.example', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']),
  ];
  const [pfx, pem] = [{ contentType: 'application/x-pkcs12' }, { contentType: 'application/x-pem-file' }];
  const [web2, web1, api, pin] = [version('web', 2), version('web', 1), version('api', 1), version('pinned', 1)];
  const password = [
    version('db', 3, { contentType: 'text/plain', tags: { team: 'payments' } }),
    version('db', 2, { enabled: false }),
    version('db', 1, { expires: '2026-09-01T00:00:00.000Z' }),
  ];
  const rotationPolicy = {
    lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Rotate' } }],
    attributes: { expiryTime: 'P1Y' },
  };
  return [
    {
      kind: 'certificate',
      name: 'api-tls',
      versions: [api],
      values: { [api.version]: { value: ec.pem, ...pem } },
      certificates: { [api.version]: ec },
    },
    {
      kind: 'certificate',
      name: 'pinned',
      versions: [pin],
      values: { [pin.version]: { value: pinned.open, ...pem } },
      certificates: { [pin.version]: pinned },
    },
    {
      kind: 'certificate',
      name: 'web-tls',
      versions: [web2, web1],
      values: { [web2.version]: { value: rsa.pfx, ...pfx }, [web1.version]: { value: rsa.pfx, ...pfx } },
      certificates: { [web2.version]: rsa, [web1.version]: rsa },
    },
    { kind: 'key', name: 'token-signing', versions: [version('token', 1)], rotationPolicy },
    {
      kind: 'secret',
      name: 'db-password',
      versions: password,
      values: {
        [password[0]!.version]: { value: 'correct horse äöü 日本語' },
        [password[2]!.version]: { value: 'the first one' },
      },
    },
    {
      kind: 'secret',
      name: 'long-history',
      versions: [version('long', 3), version('long', 2), version('long', 1)],
    },
    { kind: 'secret', name: 'restricted', versions: [version('restricted', 1)] },
  ];
}

async function backUp(archive: InMemoryArchive, offline: KeyObject, signing: KeyObject): Promise<void> {
  const [clock, keys, reader] = [new ManualClock(), new GeneratedVaultKeys(), new FakeVaultReader()];
  keys.add(SIGNING, { privateKey: signing });
  const settings = { key: SIGNING, former: [], pinned: [] };
  const { signer } = createSigning({ settings, keys, archive, clock, version: '0.1.0' });
  const { key: signingKey } = await signer.choose({ tier: 'daily', shortName: VAULT.shortName });
  const recipientKeys = createRecipients({ configured: [{ pem: publicPem(offline) }], approvals: noApprovals, keys, clock });
  const { recipients } = await recipientKeys.choose();
  const sealer = createSnapshotSealer({ archive, recipientKeys, clock });
  clock.advance(Date.parse(OCCURRENCE) - clock.now().getTime() + 1_204);
  const startedAt = clock.now().toISOString();
  const content = objects();
  reader.put(VAULT.url, ...content);
  reader.fail('backUp', new StrongroomError('too_many_versions', 'No.'), { name: 'long-history' });
  reader.fail('readValue', new StrongroomError('values_forbidden', 'No.'), { name: 'restricted' });
  const payloads = { secret: ['native', 'portable'], certificate: ['native', 'portable'] } as const;
  const target: BackupTarget = {
    vault: VAULT,
    place: PLACE,
    recipients,
    scope: { ...WHOLE_VAULT, payloads: { secret: [...payloads.secret], certificate: [...payloads.certificate] } },
    rotationPolicies: new RotationPolicies(reader, VAULT.url),
  };
  const handled: HandledObject[] = [];
  for (const [ordinal, { kind, name, versions = [] }] of content.entries()) {
    clock.advance(113);
    const [{ version: _version, contentType: _type, tags: _tags, ...attributes } = version(name, 1)] = versions;
    const row = { ...NO_FACTS, ordinal, kind, name, managed: false, attributes, outcome: null, code: null };
    handled.push(await backUpObject({ reader, sealer, clock }, target, row));
  }
  const entries = handled.map(({ row }) => indexEntry(row));
  const common = { format: FORMAT, snapshot: PLACE.snapshot, vault: VAULT.url } as const;
  const index = await sealer.store(PLACE, recipients, { ...common, type: 'index', tier: 'daily', objects: entries });
  const manifest = buildManifest({
    snapshot: PLACE.snapshot,
    tier: 'daily',
    vault: VAULT,
    head: undefined,
    otherHead: undefined,
    scheduledFor: OCCURRENCE,
    startedAt,
    closedAt: clock.now(),
    schedule: '0 0 2 * * *',
    scope: WHOLE_VAULT,
    retention: { dailyDays: 30, monthlyMonths: 12 },
    counts: countObjects(entries),
    recipients,
    dataKeys: [index.dataKey],
    index: index.stored,
    items: handled.flatMap(({ row }) => row.payloads.map(({ ref }) => ref)),
    signingKey,
    version: '0.1.0',
  });
  await archive.put('daily', manifestPath(PLACE), Buffer.from(await signer.sign(PLACE, manifest), 'ascii'));
}

async function make(folder: string): Promise<void> {
  if (existsSync(folder)) throw new Error(`${folder} is there already. A golden snapshot is made once.`);
  const [archive, offline, signing] = [new InMemoryArchive(), rsaKey(), ecKey()];
  await backUp(archive, offline, signing);
  for (const [path, blob] of archive.blobs.daily) write(join(folder, 'strongroom-daily', path), blob);
  const privateJwk = JSON.stringify(offline.export({ format: 'jwk' }), undefined, 2);
  write(join(folder, 'keys/offline.private.jwk.json'), `${privateJwk}\n`);
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
if (folder === undefined) throw new Error('Name the folder to make the golden snapshot in.');
void make(resolve(folder));
