import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderSource } from '../../independent/folder-source';
import { openSnapshot } from '../../independent/open';
import { offlineOpener } from '../../independent/openers';
import { verifySnapshots } from '../../independent/verify';

const GOLDEN = join(__dirname, '../../golden/format-1');
const source = folderSource(join(GOLDEN, 'strongroom-daily'));
const keyFile = (name: string): string => readFileSync(join(GOLDEN, 'keys', name), 'utf8');

const verify = () =>
  verifySnapshots({
    source,
    vault: 'contoso-prod',
    tier: 'daily',
    pinnedKeys: [keyFile('signing.public.pem')],
    now: new Date('2026-11-24T02:00:00Z'),
  });

it('verifies the golden snapshots of format 1 without any finding', async () => {
  const { findings, snapshots } = await verify();
  expect(findings).toEqual([]);
  expect(snapshots.map(({ id, manifest, blobs }) => [id, manifest.sequence, manifest.outcome, blobs])).toEqual([
    ['20261123T020000Z-8c2b7d10e4f3', 2, 'partial', 'intact'],
    ['20261122T020000Z-1f0c9a7e55d1', 1, 'complete', 'intact'],
  ]);
});

it.each(['offline.private.jwk.json', 'kek.private.pem'])('opens all of them with %s', async (file) => {
  const { snapshots } = await verify();
  const opened = await Promise.all(
    snapshots.map((snapshot) => openSnapshot({ source, snapshot, opener: offlineOpener(keyFile(file)) })),
  );
  const outcomes = opened.map(({ objects }) => objects.map(({ kind, name, outcome }) => `${kind} ${name} ${outcome}`));
  expect(outcomes.map((lines) => lines.sort())).toEqual([
    [
      'key token-signing failed',
      'secret Mail-API-key stored',
      'secret db-password stored',
      'secret not-yet-valid stored',
      'secret web-tls managed',
    ],
    [
      'key token-signing stored',
      'secret Mail-API-key stored',
      'secret db-password stored',
      'secret not-yet-valid stored',
      'secret web-tls managed',
    ],
  ]);
  for (const { objects, openItem } of opened) {
    for (const object of objects.filter(({ outcome }) => outcome === 'stored')) {
      const item = await openItem(object);
      expect(item.backup.length).toBeGreaterThan(0);
      expect(item.versions.map(({ version }) => version)).toEqual(object.versions.map(({ version }) => version));
    }
  }
});

it('finds every item and index padded to a size bucket', async () => {
  const { snapshots } = await verify();
  for (const { folder, manifest } of snapshots) {
    for (const { blob } of manifest.blobs.filter((entry) => !entry.blob.startsWith('keys/'))) {
      const jwe = Buffer.from((await source.read(folder.path + blob))!).toString('latin1');
      // AES-GCM keeps the length, so that of the ciphertext is that of the padded plaintext.
      const length = Buffer.from(jwe.split('.')[3]!, 'base64url').length;
      expect(length <= 65_536 ? Math.log2(length / 1024) % 1 : length % 65_536).toBe(0);
    }
  }
});
