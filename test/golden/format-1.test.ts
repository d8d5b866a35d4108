import { constants, createHash, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactSign, type JWK } from 'jose';
import { type IndexPayload, type Manifest, type NativeItem } from '../../src/contracts/snapshots';
import { createSigning } from '../../src/crypto/signing';
import { snapshotPlace } from '../../src/domain/ids';
import { GeneratedVaultKeys } from '../fakes/generated-vault-keys';
import { InMemoryArchive } from '../fakes/in-memory-archive';
import { ManualClock } from '../fakes/manual-clock';
import { openBlob, openDataKey, openDataKeyByVault, parse } from '../unit/crypto/plain-opening';

const KEY = 'https://strongroom-keys.vault.azure.net/keys/archive-signing';
const golden = (...path: string[]) => readFileSync(join(__dirname, 'format-1', ...path));
const signing = createPrivateKey(golden('keys/signing.private.pem'));
const kek = createPrivateKey(golden('keys/kek.private.pem'));
const offline = createPrivateKey({ key: parse(golden('keys/offline.private.jwk.json')) as JWK, format: 'jwk' });
const unwrap = (key: Uint8Array) =>
  privateDecrypt({ key: kek, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, key);

const keys = new GeneratedVaultKeys();
keys.add(KEY, { privateKey: signing });
const { signer } = createSigning({
  settings: { key: KEY, former: [], pinned: [] },
  keys,
  archive: new InMemoryArchive(),
  clock: new ManualClock(),
  version: '0.1.0',
});
const places = ['20261122T020000Z-1f0c9a7e55d1', '20261123T020000Z-8c2b7d10e4f3'].map((id) =>
  snapshotPlace('daily', 'contoso-prod', id),
);
const [first, second] = places.map((place) => {
  const read = (blob: string) => golden('strongroom-daily', place.folder, blob);
  return { place, read, verify: () => signer.verify(place, read('manifest.jws').toString('ascii')) };
});

async function open(manifest: Manifest, read: (blob: string) => Buffer, openKey: (blob: Buffer) => Promise<JWK>) {
  const { snapshot, dataKeys } = manifest;
  const opened = new Map(
    await Promise.all(dataKeys.map(async ({ id, blob }) => [id, await openKey(read(blob))] as const)),
  );
  const content = async (blob: string): Promise<unknown> => {
    const [header = ''] = read(blob).toString('ascii').split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { kid: string };
    return parse(await openBlob(read(blob), opened.get(kid)!, { snapshot, blob }));
  };
  const index = (await content(manifest.index)) as IndexPayload;
  const blobs = index.objects.flatMap(({ payloads }) => payloads.map(({ blob }) => blob));
  return { index, items: (await Promise.all(blobs.map(content))) as NativeItem[] };
}

describe('the golden snapshots of format 1', () => {
  it('verify, and follow each other', async () => {
    const one = await first!.verify();
    const two = await second!.verify();
    expect([one.sequence, one.outcome, one.previous]).toEqual([1, 'complete', null]);
    const digest = createHash('sha256').update(first!.read('manifest.jws')).digest('hex');
    expect([two.sequence, two.outcome, two.previous]).toEqual([2, 'partial', { snapshot: one.snapshot, digest }]);
    expect(two.counts).toMatchObject({ objects: 5, stored: 3, managed: 1, failed: 1, byCode: { vault_forbidden: 1 } });
    expect([one.dataKeys.length, two.dataKeys.length]).toEqual([1, 2]);
  });

  it.each([first!, second!])('have every blob of $place.snapshot as it was written', async ({ verify, read }) => {
    const { blobs } = await verify();
    for (const { blob, digest, bytes } of blobs) {
      expect(createHash('sha256').update(read(blob)).digest('hex')).toBe(digest);
      expect(read(blob)).toHaveLength(bytes);
    }
  });

  it.each([first!, second!])('open for each recipient: $place.snapshot', async ({ verify, read }) => {
    const manifest = await verify();
    const byOffline = await open(manifest, read, (blob) => openDataKey(blob, offline));
    const { thumbprint } = manifest.recipients.find(({ kid }) => kid !== undefined)!;
    const byVault = await open(manifest, read, (blob) => openDataKeyByVault(blob, thumbprint, unwrap));
    expect(byVault).toEqual(byOffline);
    expect(byVault.items).toHaveLength(manifest.counts.stored);
    const stored = byVault.index.objects.filter(({ outcome }) => outcome === 'stored');
    expect(byVault.items.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
      stored.map(({ kind, name }) => `${kind} ${name}`),
    );
    for (const { kind, name, backup } of byVault.items)
      expect(Buffer.from(backup, 'base64url').toString()).toBe(`a stand-in for the backup of ${kind} ${name}`);
  });

  it('are told from a later format, which is refused by name', async () => {
    const manifest = await first!.verify();
    const later = await new CompactSign(Buffer.from(JSON.stringify({ ...manifest, format: 2 })))
      .setProtectedHeader({ alg: 'ES256', typ: 'strongroom-manifest', sr_format: 2, sr_snapshot: manifest.snapshot })
      .sign(signing);
    await expect(signer.verify(first!.place, later)).rejects.toMatchObject({
      code: 'unknown_format',
      message: expect.stringContaining('format 2') as string,
    });
  });
});
