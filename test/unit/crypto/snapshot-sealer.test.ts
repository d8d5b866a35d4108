import { createHash, createPublicKey } from 'node:crypto';
import { asyncProperty, assert, base64String, constantFrom, integer, nat, record, string } from 'fast-check';
import { type GeneralJWE } from 'jose';
import { type IndexPayload, type ItemPayload, type RecipientRef } from '../../../src/contracts/snapshots';
import { createRecipients } from '../../../src/crypto/recipients';
import { createSnapshotSealer } from '../../../src/crypto/snapshot-sealer';
import { snapshotPlace } from '../../../src/domain/ids';
import { StrongroomError } from '../../../src/errors';
import { GeneratedVaultKeys, rsaKey, thumbprintOf } from '../../fakes/generated-vault-keys';
import { InMemoryArchive } from '../../fakes/in-memory-archive';
import { noApprovals } from '../../fakes/no-approvals';
import { ManualClock } from '../../fakes/manual-clock';
import { openBlob, openDataKey, openDataKeyByVault, parse } from './plain-opening';

const KEK = 'https://strongroom-keys.vault.azure.net/keys/archive-kek';
const VAULT = 'https://contoso-prod.vault.azure.net';
const [kekKey, offlineKey] = [rsaKey(), rsaKey()];
const keys = new GeneratedVaultKeys();
const kid = keys.add(KEK, { privateKey: kekKey });
const kek: RecipientRef = { thumbprint: thumbprintOf(kekKey), kid };
const both: RecipientRef[] = [kek, { thumbprint: thumbprintOf(offlineKey) }];

const place = snapshotPlace('daily', 'contoso-prod', '20261122T020000Z-1f0c9a7e55d1');
const otherPlace = snapshotPlace('daily', 'contoso-prod', '20261123T020000Z-2f0c9a7e55d1');

function setUp() {
  const archive = new InMemoryArchive();
  const clock = new ManualClock();
  const offline = { pem: createPublicKey(offlineKey).export({ type: 'spki', format: 'pem' }) as string };
  const configured = [{ kek: KEK, approved: [kek.thumbprint] }, offline];
  const sealer = createSnapshotSealer({
    archive,
    recipientKeys: createRecipients({ configured, approvals: noApprovals, keys, clock }),
    clock,
  });
  const read = (blob: string, at = place) => archive.get(at.tier, `${at.folder}/${blob}`);
  const keyBlobs = () => [...archive.blobs.daily.keys()].filter((path) => path.includes('/keys/'));
  return { archive, clock, sealer, read, keyBlobs };
}

function item(name: string, backup = 'AAAA', snapshot = place.snapshot): ItemPayload {
  const takenAt = '2026-11-22T02:00:07.113Z';
  const common = { format: 1, type: 'item', snapshot, vault: VAULT, payload: 'native', takenAt } as const;
  return { ...common, kind: 'secret', name, versions: [], backup };
}

function index(): IndexPayload {
  const common = { format: 1, type: 'index', snapshot: place.snapshot, vault: VAULT, tier: 'daily' } as const;
  const attributes = { enabled: true };
  return {
    ...common,
    objects: [{ kind: 'secret', name: 'web-tls', outcome: 'managed', attributes, versions: [], payloads: [] }],
  };
}

describe('what is sealed', () => {
  it('opens with every recipient alone, by plain JOSE', async () => {
    const { sealer, read } = setUp();
    const { stored, dataKey } = await sealer.store(place, both, item('db-password'));
    const blob = await read(dataKey.ref.blob);
    const offline = await openDataKey(blob, offlineKey);
    const byVault = await openDataKeyByVault(blob, kek.thumbprint, (wrapped) => keys.unwrap(kid, wrapped));
    expect(offline).toEqual({ kty: 'oct', k: byVault.k, alg: 'dir', enc: 'A256GCM', kid: dataKey.id });
    const plaintext = await openBlob(await read(stored.blob), byVault, { snapshot: place.snapshot, blob: stored.blob });
    expect(parse(plaintext)).toEqual(item('db-password'));
  });

  it('comes back as it was, whatever is in it', async () => {
    const { sealer, read } = setUp();
    const payloads = record({
      name: string({ unit: 'binary', maxLength: 127 }),
      backup: base64String({ maxLength: 5_000 }),
      tag: string({ unit: 'binary' }),
    });
    await assert(
      asyncProperty(payloads, async ({ name, backup, tag }) => {
        const versions = [{ version: '1', enabled: true, tags: { tag } }];
        const payload: ItemPayload = { ...item(name, backup), versions };
        const { stored, dataKey } = await sealer.store(place, both, payload);
        const key = await openDataKey(await read(dataKey.ref.blob), offlineKey);
        const plaintext = await openBlob(await read(stored.blob), key, { snapshot: place.snapshot, blob: stored.blob });
        expect(parse(plaintext)).toEqual(payload);
        expect(Math.log2(plaintext.byteLength) % 1).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the index apart from the items', async () => {
    const { sealer, read } = setUp();
    const { stored, dataKey } = await sealer.store(place, both, index());
    expect(stored.blob).toMatch(/^index\/[0-9a-f]{32}\.jwe$/);
    const key = await openDataKey(await read(dataKey.ref.blob), offlineKey);
    const plaintext = await openBlob(await read(stored.blob), key, { snapshot: place.snapshot, blob: stored.blob });
    expect(parse(plaintext)).toEqual(index());
  });

  it('is told by digest and size, and carries no name outside', async () => {
    const { sealer, archive, read } = setUp();
    const { stored, dataKey } = await sealer.store(place, both, item('a-telling-name'));
    for (const ref of [stored, dataKey.ref]) {
      const bytes = await read(ref.blob);
      expect(ref.bytes).toBe(bytes.byteLength);
      expect(ref.digest).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
    for (const [path, bytes] of archive.blobs.daily)
      expect(`${path}${Buffer.from(bytes).toString('latin1')}`).not.toContain('a-telling-name');
    expect(stored.blob).toMatch(/^items\/[0-9a-f]{32}\.jwe$/);
    expect(dataKey.ref.blob).toBe(`keys/${dataKey.id}.jwe`);
  });

  it('has headers as the format says', async () => {
    const { sealer, read } = setUp();
    const { stored, dataKey } = await sealer.store(place, both, item('a'));
    const header = (encoded: string) => JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as unknown;
    const sealed = Buffer.from(await read(stored.blob)).toString('ascii');
    const here = { sr_format: 1, sr_snapshot: place.snapshot };
    const direct = { alg: 'dir', enc: 'A256GCM', kid: dataKey.id, typ: 'strongroom-item' };
    expect(header(sealed.split('.')[0]!)).toEqual({ ...direct, ...here, sr_blob: stored.blob });
    const jwe = parse(await read(dataKey.ref.blob)) as GeneralJWE;
    const wrapped = { enc: 'A256GCM', typ: 'strongroom-key', cty: 'jwk+json' };
    expect(header(jwe.protected!)).toEqual({ ...wrapped, ...here, sr_blob: dataKey.ref.blob });
    const recipientHeaders = both.map(({ thumbprint }) => ({ alg: 'RSA-OAEP-256', kid: thumbprint }));
    expect(jwe.recipients.map((recipient) => recipient.header)).toEqual(recipientHeaders);
  });
});

describe('what was changed', () => {
  it('is told by the digest, and never opens as something else', async () => {
    const { sealer, read } = setUp();
    const { stored, dataKey } = await sealer.store(place, both, item('db-password'));
    const bytes = await read(stored.blob);
    const key = await openDataKey(await read(dataKey.ref.blob), offlineKey);
    await assert(
      asyncProperty(nat(bytes.byteLength - 1), integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= change;
        expect(createHash('sha256').update(changed).digest('hex')).not.toBe(stored.digest);
        const opened = openBlob(changed, key, { snapshot: place.snapshot, blob: stored.blob });
        // Libraries take base64 with other values of unused bits; then the content is still what was sealed.
        await opened.then(
          (plaintext) => {
            expect(parse(plaintext)).toEqual(item('db-password'));
          },
          (error: unknown) => {
            expect(error).toBeInstanceOf(Error);
          },
        );
      }),
    );
  });

  it('does not open in another place, even under the same data key', async () => {
    const { sealer, read } = setUp();
    const a = await sealer.store(place, both, item('a'));
    const b = await sealer.store(place, both, item('b'));
    const key = await openDataKey(await read(a.dataKey.ref.blob), offlineKey);
    const bytes = await read(a.stored.blob);
    const wrong = constantFrom(
      { snapshot: place.snapshot, blob: b.stored.blob },
      { snapshot: otherPlace.snapshot, blob: a.stored.blob },
      { snapshot: place.snapshot, blob: a.stored.blob.replace('items', 'index') },
    );
    await assert(
      asyncProperty(wrong, (expected) =>
        expect(openBlob(bytes, key, expected)).rejects.toThrow('not where it belongs'),
      ),
    );
  });
});

describe('data keys', () => {
  it('are made once for all who store at the same time', async () => {
    const { sealer, keyBlobs, archive } = setUp();
    const names = Array.from({ length: 2_000 }, (_, number) => `secret-${number}`);
    const results = await Promise.all(names.map((name) => sealer.store(place, both, item(name))));
    expect(new Set(results.map(({ dataKey }) => dataKey.id)).size).toBe(1);
    expect(new Set(results.map(({ stored }) => stored.blob)).size).toBe(2_000);
    expect(keyBlobs()).toHaveLength(1);
    expect(archive.blobs.daily.size).toBe(2_001);
  });

  it('are stored before anything that they seal', async () => {
    const { sealer, archive } = setUp();
    await sealer.store(place, both, item('a'));
    expect([...archive.blobs.daily.keys()][0]).toContain('/keys/');
  });

  it('are not remembered when storing them failed', async () => {
    const { sealer, archive, keyBlobs } = setUp();
    archive.failures.push(new StrongroomError('archive_unavailable', 'busy', { retryable: true }));
    const attempts = await Promise.allSettled([1, 2].map(() => sealer.store(place, both, item('a'))));
    expect(attempts.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(archive.blobs.daily.size).toBe(0);
    await sealer.store(place, both, item('a'));
    expect(keyBlobs()).toHaveLength(1);
  });

  it('are kept when storing an item failed', async () => {
    const { sealer, archive, keyBlobs } = setUp();
    const { dataKey } = await sealer.store(place, both, item('a'));
    archive.failures.push(new StrongroomError('archive_unreachable', 'away', { retryable: true }));
    await expect(sealer.store(place, both, item('b'))).rejects.toMatchObject({ code: 'archive_unreachable' });
    expect((await sealer.store(place, both, item('b'))).dataKey).toEqual(dataKey);
    expect(keyBlobs()).toHaveLength(1);
  });

  it('are forgotten when the snapshot is closed, and another snapshot keeps its own', async () => {
    const { sealer } = setUp();
    const first = await sealer.store(place, both, item('a'));
    const other = await sealer.store(otherPlace, both, item('a', 'AAAA', otherPlace.snapshot));
    sealer.forget(place.snapshot);
    expect((await sealer.store(place, both, item('b'))).dataKey.id).not.toBe(first.dataKey.id);
    const again = await sealer.store(otherPlace, both, item('b', 'AAAA', otherPlace.snapshot));
    expect(again.dataKey).toEqual(other.dataKey);
  });

  it('are forgotten after an hour of the clock', async () => {
    const { sealer, clock } = setUp();
    const first = await sealer.store(place, both, item('a'));
    clock.advance(59 * 60_000);
    expect((await sealer.store(place, both, item('b'))).dataKey.id).toBe(first.dataKey.id);
    clock.advance(60_000);
    expect((await sealer.store(place, both, item('c'))).dataKey.id).not.toBe(first.dataKey.id);
  });

  it('are sealed to the recipients of the run and no others', async () => {
    const { sealer, read } = setUp();
    const { dataKey } = await sealer.store(place, [kek], item('a'));
    const jwe = parse(await read(dataKey.ref.blob)) as GeneralJWE;
    expect(jwe.recipients.map(({ header }) => header?.kid)).toEqual([kek.thumbprint]);
    expect((await sealer.store(place, both, item('b'))).dataKey.id).not.toBe(dataKey.id);
  });

  it('are not sealed to a recipient that the settings do not approve', async () => {
    const { sealer, archive } = setUp();
    const intruder = { thumbprint: thumbprintOf(rsaKey()), kid: 'https://evil.vault.azure.net/keys/k/1' };
    await expect(sealer.store(place, [kek, intruder], item('a'))).rejects.toMatchObject({
      code: 'recipient_not_approved',
    });
    expect(archive.blobs.daily.size).toBe(0);
  });
});

it('seals no payload of another snapshot', async () => {
  const { sealer, archive } = setUp();
  await expect(sealer.store(otherPlace, both, item('a'))).rejects.toMatchObject({ code: 'internal_error' });
  expect(archive.blobs.daily.size).toBe(0);
});
