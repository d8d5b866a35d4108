import { createHmac, createPublicKey, hkdfSync } from 'node:crypto';
import { base64url, type JWK } from 'jose';
import { backUpObject } from '../../../src/activities/back-up-object';
import { RotationPolicies } from '../../../src/activities/rotation-policies';
import { type BackupTarget } from '../../../src/activities/stored-object';
import { type ObjectKind, type ObjectVersion } from '../../../src/contracts/objects';
import { type PayloadKind, WHOLE_VAULT } from '../../../src/contracts/scopes';
import { type NativeItem, NO_FACTS, type PortableItem } from '../../../src/contracts/snapshots';
import { createRecipients } from '../../../src/crypto/recipients';
import { createSnapshotSealer } from '../../../src/crypto/snapshot-sealer';
import { snapshotPlace } from '../../../src/domain/ids';
import { type ErrorCode, StrongroomError } from '../../../src/errors';
import { type ObjectRow } from '../../../src/ledger/port';
import { type FakeObject, FakeVaultReader } from '../../fakes/fake-vault-reader';
import { GeneratedVaultKeys, rsaKey } from '../../fakes/generated-vault-keys';
import { InMemoryArchive } from '../../fakes/in-memory-archive';
import { noApprovals } from '../../fakes/no-approvals';
import { ManualClock } from '../../fakes/manual-clock';
import { openBlob, openDataKey, parse } from '../crypto/plain-opening';

const VAULT = {
  url: 'https://contoso-prod.vault.azure.net',
  shortName: 'contoso-prod',
  subscriptionId: '6f1d2c3b-4a59-4e68-8d77-9c0b1a2e3f40',
  geography: 'Europe',
};
const place = snapshotPlace('daily', VAULT.shortName, '20261122T020000Z-1f0c9a7e55d1');
const offlineKey = rsaKey();
const pem = createPublicKey(offlineKey).export({ type: 'spki', format: 'pem' }) as string;

const versionId = (number: number): string => number.toString(16).padStart(32, '0');
const version = (number: number, more: Partial<ObjectVersion> = {}): ObjectVersion => ({
  version: versionId(number),
  enabled: true,
  ...more,
});
const refused = (code: ErrorCode) => new StrongroomError(code, 'No.');

/** What was stored of one object, opened as an offline recipient does. */
async function backedUp(
  object: FakeObject,
  payloads: PayloadKind[],
  disturb: (reader: FakeVaultReader) => void = () => undefined,
) {
  const [archive, clock, reader] = [new InMemoryArchive(), new ManualClock(), new FakeVaultReader()];
  const recipientKeys = createRecipients({
    configured: [{ pem }],
    approvals: noApprovals,
    keys: new GeneratedVaultKeys(),
    clock,
  });
  const { recipients } = await recipientKeys.choose();
  const sealer = createSnapshotSealer({ archive, recipientKeys, clock });
  reader.put(VAULT.url, object);
  disturb(reader);
  const target: BackupTarget = {
    vault: VAULT,
    place,
    recipients,
    scope: { ...WHOLE_VAULT, payloads: { secret: payloads, certificate: payloads } },
    rotationPolicies: new RotationPolicies(reader, VAULT.url),
  };
  const { row, dataKeys } = await backUpObject({ reader, sealer, clock }, target, rowOf(object));
  sealer.forget(place.snapshot);

  const read = (blob: string) => archive.get('daily', `${place.folder}/${blob}`);
  const opened = new Map<string, JWK>();
  for (const { id, ref } of dataKeys) opened.set(id, await openDataKey(await read(ref.blob), offlineKey));
  const items: (NativeItem | PortableItem)[] = [];
  for (const { ref } of row.payloads) {
    const [header = ''] = Buffer.from(await read(ref.blob))
      .toString('ascii')
      .split('.');
    const { kid } = parse(Buffer.from(header, 'base64url')) as { kid: string };
    const place_ = { snapshot: place.snapshot, blob: ref.blob };
    const plaintext = await openBlob(await read(ref.blob), opened.get(kid)!, place_);
    items.push(parse(plaintext) as NativeItem | PortableItem);
  }
  const portable = items.filter((item) => item.payload === 'portable');
  const native = items.find((item) => item.payload === 'native');
  return { row, reader, native, portable, dataKeys: opened };
}

function rowOf({ kind, name, managed = false }: FakeObject): ObjectRow {
  return { ordinal: 0, kind, name, managed, attributes: { enabled: true }, outcome: null, code: null, ...NO_FACTS };
}

/** By node's own means, as docs/format.md says. */
function fingerprint(dataKey: JWK, kind: ObjectKind, content: string | Uint8Array): string {
  const key = hkdfSync('sha256', base64url.decode(dataKey.k!), '', 'strongroom/1/fingerprint', 32);
  return createHmac('sha256', Buffer.from(key)).update(`${kind}\0`).update(content).digest('base64url');
}

const SECRET: FakeObject = {
  kind: 'secret',
  name: 'db',
  versions: [
    version(3, { tags: { team: 'a' }, contentType: 'text/plain' }),
    version(2, { enabled: false }),
    version(1, { notBefore: '2026-01-01T00:00:00.000Z' }),
  ],
  values: { [versionId(3)]: { value: 'ünï\u0000\n"' }, [versionId(1)]: { value: '' } },
};

describe('a portable secret', () => {
  it('has every version with value and attributes, and says which is disabled', async () => {
    const { row, portable, native } = await backedUp(SECRET, ['portable']);
    expect(native).toBeUndefined();
    expect(portable).toEqual([
      expect.objectContaining({
        kind: 'secret',
        name: 'db',
        part: 1,
        versions: [
          { ...SECRET.versions![0], value: 'ünï\u0000\n"' },
          { ...SECRET.versions![1], missing: 'unreadable_disabled' },
          { ...SECRET.versions![2], value: '' },
        ],
      }),
    ]);
    expect(row).toMatchObject({ outcome: 'stored', code: null, notes: ['unreadable_disabled'], unreadable: 1 });
    expect(row.versions.map((one) => one.version)).toEqual([3, 2, 1].map(versionId));
    expect(JSON.stringify(row)).not.toContain('ünï');
  });

  it('has fingerprints of its values that anybody with the data key can make again', async () => {
    const { row, dataKeys } = await backedUp(SECRET, ['portable']);
    const dataKey = dataKeys.get(row.fingerprint!.dataKey)!;
    expect(row.fingerprint!.versions).toEqual({
      [versionId(3)]: fingerprint(dataKey, 'secret', 'ünï\u0000\n"'),
      [versionId(1)]: fingerprint(dataKey, 'secret', ''),
    });
  });

  it('lies beside the native payload where both are asked for', async () => {
    const { row, native, portable } = await backedUp(SECRET, ['native', 'portable']);
    expect(row.payloads.map(({ payload }) => payload)).toEqual(['native', 'portable']);
    expect(native?.backup.length).toBeGreaterThan(0);
    expect(portable).toHaveLength(1);
    expect(row).toMatchObject({ outcome: 'stored', code: null });
  });

  it('of a long history comes in parts that are read some at a time, all versions in order', async () => {
    const versions = Array.from({ length: 900 }, (_, index) => version(900 - index));
    const large = 'x'.repeat(5_000);
    const values = Object.fromEntries(versions.map((one) => [one.version, { value: `${one.version} ${large}` }]));
    let [running, most] = [0, 0];
    const { row, portable } = await backedUp({ ...SECRET, versions, values }, ['native', 'portable'], (reader) => {
      const readValue = reader.readValue.bind(reader);
      reader.readValue = async (...call) => {
        most = Math.max(most, ++running);
        return readValue(...call).finally(() => running--);
      };
    });
    expect(portable.map(({ part }) => part)).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBeLessThanOrEqual(8);
    const all = portable.flatMap((item) => item.versions);
    expect(all.map((one) => one.version)).toEqual(versions.map((one) => one.version));
    expect(all.every((one) => one.value === `${one.version} ${large}`)).toBe(true);
    expect(row).toMatchObject({ outcome: 'stored', code: null, notes: ['too_many_versions'] });
    expect(row.payloads).toHaveLength(5);
    expect(Object.keys(row.fingerprint!.versions)).toHaveLength(900);
  });
});

describe('what cannot be had', () => {
  it.each<[string, PayloadKind[], (reader: FakeVaultReader) => void, ErrorCode, PayloadKind[]]>([
    [
      'no right to read values',
      ['native', 'portable'],
      (reader) => {
        reader.fail('readValue', refused('values_forbidden'), { times: 9 });
      },
      'values_forbidden',
      ['native'],
    ],
    [
      'no right to read values, and only those are asked for',
      ['portable'],
      (reader) => {
        reader.fail('readValue', refused('values_forbidden'), { times: 9 });
      },
      'values_forbidden',
      [],
    ],
    [
      'a refused backup',
      ['native', 'portable'],
      (reader) => {
        reader.fail('backUp', refused('vault_forbidden'));
      },
      'vault_forbidden',
      ['portable'],
    ],
    [
      'both refused',
      ['native', 'portable'],
      (reader) => {
        reader.fail('backUp', refused('vault_refused'));
        reader.fail('readValue', refused('values_forbidden'), { times: 9 });
      },
      'vault_refused',
      [],
    ],
    [
      'too many versions for a backup, and none else asked for',
      ['native'],
      (reader) => {
        reader.fail('backUp', refused('too_many_versions'));
      },
      'too_many_versions',
      [],
    ],
    [
      'too many versions for a backup, and values forbidden',
      ['native', 'portable'],
      (reader) => {
        reader.fail('backUp', refused('too_many_versions'));
        reader.fail('readValue', refused('values_forbidden'), { times: 9 });
      },
      'values_forbidden',
      [],
    ],
  ])('%s: fails with its code, and keeps what could be stored', async (_what, payloads, disturb, code, kept) => {
    const { row } = await backedUp(SECRET, payloads, disturb);
    expect(row).toMatchObject({ outcome: 'failed', code });
    expect(row.payloads.map(({ payload }) => payload)).toEqual(kept);
    expect(row.versions).toHaveLength(kept.length === 0 ? 0 : 3);
  });

  it('an object that is deleted meanwhile is absent, whatever was stored before', async () => {
    const { row } = await backedUp(SECRET, ['native', 'portable'], (reader) => {
      reader.fail('readValue', refused('source_not_found'));
    });
    expect(row).toMatchObject({ outcome: 'absent', code: 'source_not_found', payloads: [], versions: [] });
  });

  it('a fault of the archive is nobody else’s', async () => {
    const work = backedUp(SECRET, ['portable'], (reader) => {
      reader.readValue = () => Promise.reject(refused('archive_unreachable'));
    });
    await expect(work).rejects.toMatchObject({ code: 'archive_unreachable' });
  });
});

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nMIID\n';
const PUBLIC_PEM = '-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n';
const asPem = (value: string) => ({ value, contentType: 'application/x-pem-file' });
const certificate = (values: FakeObject['values'], versions = [version(2), version(1)]): FakeObject => ({
  kind: 'certificate',
  name: 'tls',
  versions,
  values: values!,
});

describe('a portable certificate', () => {
  it('has policy, public and private half of every version', async () => {
    const whole = certificate({ [versionId(2)]: asPem(PEM), [versionId(1)]: asPem(PEM) });
    const { row, portable, dataKeys } = await backedUp(whole, ['portable']);
    const [item] = portable;
    expect(item?.policy).toMatchObject({ key_props: { exportable: true } });
    expect(item?.versions).toEqual(
      [2, 1].map((number) => ({
        ...version(number),
        contentType: 'application/x-pem-file',
        value: PEM,
        cer: Buffer.from(`the DER of tls ${versionId(number)}`).toString('base64url'),
        x5t: Buffer.from('the thumbprint').toString('base64url'),
      })),
    );
    expect(row).toMatchObject({ outcome: 'stored', notes: [], unexportable: 0 });
    const dataKey = dataKeys.get(row.fingerprint!.dataKey)!;
    expect(row.fingerprint!.versions[versionId(2)]).toBe(
      fingerprint(dataKey, 'certificate', `the DER of tls ${versionId(2)}`),
    );
  });

  it('that cannot be exported fails if nothing else is kept, and still has its public half', async () => {
    const open = certificate({ [versionId(2)]: asPem(PUBLIC_PEM), [versionId(1)]: asPem(PEM) });
    const only = await backedUp(open, ['portable']);
    expect(only.row).toMatchObject({ outcome: 'failed', code: 'not_exportable', unexportable: 1 });
    expect(only.portable[0]?.versions.map(({ missing }) => missing)).toEqual(['unexportable', undefined]);
    const both = await backedUp(open, ['native', 'portable']);
    expect(both.row).toMatchObject({ outcome: 'stored', code: null, notes: ['unexportable'], unexportable: 1 });
    expect(both.row.payloads.map(({ payload }) => payload)).toEqual(['native', 'portable']);
  });

  it('of which an old version cannot be exported is stored, and says so', async () => {
    const open = certificate({ [versionId(2)]: asPem(PEM), [versionId(1)]: asPem(PUBLIC_PEM) });
    const { row } = await backedUp(open, ['portable']);
    expect(row).toMatchObject({ outcome: 'stored', code: null, notes: ['unexportable'], unexportable: 1 });
  });

  it('of which a version is disabled has that without the private half', async () => {
    const versions = [version(2), version(1, { enabled: false })];
    const { row, portable } = await backedUp(certificate({ [versionId(2)]: asPem(PEM) }, versions), ['portable']);
    expect(row).toMatchObject({ outcome: 'stored', notes: ['unreadable_disabled'], unreadable: 1 });
    expect(portable[0]?.versions[1]).toMatchObject({
      missing: 'unreadable_disabled',
      cer: expect.any(String) as string,
    });
    expect(portable[0]?.versions[1]).not.toHaveProperty('value');
  });
});

describe('a key', () => {
  const rotationPolicy = {
    lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Rotate' } }],
    attributes: { expiryTime: 'P1Y' },
  };

  it('is native whatever is asked for, and brings its rotation policy', async () => {
    const { row, native, reader } = await backedUp({ kind: 'key', name: 'k', rotationPolicy }, ['portable']);
    expect(native).toMatchObject({ payload: 'native', rotationPolicy });
    expect(row).toMatchObject({ outcome: 'stored', notes: [], rotationPolicy });
    expect(reader.calls).not.toContain('readValue secret k');
  });

  it('is stored without the policy where that may not be read, and says so', async () => {
    const { row, native } = await backedUp({ kind: 'key', name: 'k' }, ['native'], (reader) => {
      reader.fail('readRotationPolicy', refused('vault_forbidden'));
    });
    expect(row).toMatchObject({ outcome: 'stored', notes: ['rotation_policy_unread'], rotationPolicy: null });
    expect(native).not.toHaveProperty('rotationPolicy');
  });
});

test('a vault that keeps rotation policies to itself is asked once by a batch', async () => {
  const reader = new FakeVaultReader();
  reader.put(VAULT.url, { kind: 'key', name: 'a' }, { kind: 'key', name: 'b' }, { kind: 'key', name: 'c' });
  reader.fail('readRotationPolicy', refused('vault_forbidden'), { times: 9 });
  const forbidden = new RotationPolicies(reader, VAULT.url);
  expect(await Promise.all(['a', 'b', 'c'].map((name) => forbidden.of(name)))).toEqual([null, null, null]);
  expect(reader.calls).toHaveLength(1);
});

test('a first key that fails otherwise does not stand for the others', async () => {
  const reader = new FakeVaultReader();
  reader.put(VAULT.url, { kind: 'key', name: 'b' });
  const policies = new RotationPolicies(reader, VAULT.url);
  const [gone, there] = await Promise.allSettled([policies.of('gone'), policies.of('b')]);
  expect(gone).toMatchObject({ status: 'rejected', reason: { code: 'source_not_found' } });
  expect(there.status).toBe('fulfilled');
});
