import { constants, privateDecrypt } from 'node:crypto';
import { openSnapshot } from '../../independent/open';
import { offlineOpener, type Opener } from '../../independent/openers';
import { verifySnapshots } from '../../independent/verify';
import {
  type Container,
  kek,
  KEK_KID,
  offline,
  pemOf,
  rsaSigning,
  signing,
  sourceOf,
  thumbprintOf,
  type Wishes,
  writeSnapshot,
} from './plain-writer';

const asOffline = offlineOpener(pemOf(offline.privateKey));

const unwrap = (encrypted: Uint8Array): Uint8Array =>
  privateDecrypt({ key: kek.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, encrypted);

async function open(container: Container, opener: Opener = asOffline) {
  const source = sourceOf(container);
  const pinnedKeys = [pemOf(signing.publicKey)];
  const { snapshots } = await verifySnapshots({ source, vault: 'contoso-prod', tier: 'daily', pinnedKeys });
  return openSnapshot({ source, snapshot: snapshots[0]!, opener });
}

async function openNew(wishes: Wishes, opener: Opener = asOffline) {
  const container: Container = new Map();
  await writeSnapshot(container, wishes);
  return open(container, opener);
}

async function backupsOf(opened: Awaited<ReturnType<typeof open>>): Promise<Record<string, string>> {
  const backups: Record<string, string> = {};
  for (const object of opened.objects.filter(({ outcome }) => outcome === 'stored')) {
    backups[object.name] = Buffer.from((await opened.openItem(object)).backup, 'base64url').toString();
  }
  return backups;
}

const CONTENTS = { 'db-password': 'one', 'big-one': 'x'.repeat(100_000) };

it('opens everything with an offline key', async () => {
  const opened = await openNew({ contents: CONTENTS });
  expect(opened.objects.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['db-password', 'stored'],
    ['big-one', 'stored'],
    ['web-tls', 'managed'],
  ]);
  expect(await backupsOf(opened)).toEqual(CONTENTS);
});

it('opens everything through whoever unwraps for a key in a vault, with one call for each data key', async () => {
  const calls: [string, string][] = [];
  const opened = await openNew(
    { contents: CONTENTS },
    {
      kind: 'unwrap',
      unwrap: (thumbprint, encryptedKey, kid) => {
        calls.push([thumbprint, kid]);
        return Promise.resolve(unwrap(encryptedKey));
      },
    },
  );
  expect(await backupsOf(opened)).toEqual(CONTENTS);
  expect(calls).toEqual([[await thumbprintOf(kek.publicKey), KEK_KID]]);
});

it('asks the next vault where one does not unwrap', async () => {
  const gone = 'https://gone.vault.azure.net/keys/kek/1';
  const recipients = [
    { publicKey: rsaSigning.publicKey, kid: gone },
    { publicKey: kek.publicKey, kid: KEK_KID },
  ];
  const opener: Opener = {
    kind: 'unwrap',
    unwrap: (_thumbprint, encryptedKey, kid) =>
      kid === gone ? Promise.reject(new Error('no such vault')) : Promise.resolve(unwrap(encryptedKey)),
  };
  expect(await backupsOf(await openNew({ recipients, contents: CONTENTS }, opener))).toEqual(CONTENTS);
});

it('does not open for somebody else', async () => {
  await expect(openNew({}, offlineOpener(pemOf(rsaSigning.privateKey)))).rejects.toMatchObject({
    code: 'not_a_recipient',
  });
  const refusing: Opener = { kind: 'unwrap', unwrap: () => Promise.reject(new Error('forbidden')) };
  await expect(openNew({}, refusing)).rejects.toMatchObject({ code: 'not_a_recipient' });
  const wrong: Opener = { kind: 'unwrap', unwrap: () => Promise.resolve(Buffer.alloc(32)) };
  await expect(openNew({}, wrong)).rejects.toMatchObject({ code: 'blob_damaged' });
  await expect(openNew({ recipients: [{ publicKey: offline.publicKey }] }, wrong)).rejects.toMatchObject({
    code: 'not_a_recipient',
  });
});

it('refuses a data key that is sealed to others than the manifest says', async () => {
  const thumbprint = await thumbprintOf(offline.publicKey);
  await expect(openNew({ manifest: { recipients: [{ thumbprint }] } })).rejects.toMatchObject({ code: 'blob_damaged' });
});

describe('what is signed, and does not belong together, is refused', () => {
  it.each<[string, Wishes, string]>([
    [
      'a data key of another snapshot',
      { keyHeader: (h) => (h.sr_snapshot = '20261122T020000Z-000000000000') },
      'blob_misplaced',
    ],
    ['a data key of another path', { keyHeader: (h) => (h.sr_blob = 'keys/x.jwe') }, 'blob_misplaced'],
    ['a data key of another type', { keyHeader: (h) => (h.typ = 'strongroom-item') }, 'blob_misplaced'],
    ['a data key of format 2', { keyHeader: (h) => (h.sr_format = 2) }, 'format_unknown'],
    [
      'an index of another vault',
      { index: (i) => (i.vault = 'https://contoso-test.vault.azure.net') },
      'blob_misplaced',
    ],
    [
      'an index of another snapshot',
      { index: (i) => (i.snapshot = '20261122T020000Z-000000000000') },
      'blob_misplaced',
    ],
    ['an index of another tier', { index: (i) => (i.tier = 'monthly') }, 'index_disagrees'],
    ['an index that is an item', { index: (i) => (i.type = 'item') }, 'blob_misplaced'],
    ['an index of format 2', { index: (i) => (i.format = 2) }, 'format_unknown'],
    ['an index that lacks an object', { index: (i) => i.objects.shift() }, 'index_disagrees'],
    ['an index that names an object twice', { index: (i) => (i.objects[1]!.name = 'DB-password') }, 'index_disagrees'],
    [
      'an index that gives two objects one item',
      { index: (i) => (i.objects[1]!.payloads = i.objects[0]!.payloads) },
      'index_disagrees',
    ],
    ['an index without names', { index: (i) => delete i.objects[0]!.name }, 'blob_damaged'],
  ])('%s', async (_what, wishes, code) => {
    await expect(openNew(wishes)).rejects.toMatchObject({ name: 'Refusal', code });
  });

  it.each<[string, Wishes, string]>([
    [
      'an item of another snapshot',
      { itemHeader: (h) => (h.sr_snapshot = '20261122T020000Z-000000000000') },
      'blob_misplaced',
    ],
    ['an item of another path', { itemHeader: (h) => (h.sr_blob = 'items/x.jwe') }, 'blob_misplaced'],
    ['an item under an unknown data key', { itemHeader: (h) => (h.kid = 'another') }, 'blob_damaged'],
    ['an item of another object', { item: (i) => (i.name = 'another') }, 'blob_misplaced'],
    ['an item of another kind', { item: (i) => (i.kind = 'key') }, 'blob_misplaced'],
    ['an item of another vault', { item: (i) => (i.vault = 'https://contoso-test.vault.azure.net') }, 'blob_misplaced'],
    ['an item of format 2', { item: (i) => (i.format = 2) }, 'format_unknown'],
    ['an item that is an index', { item: (i) => (i.type = 'index') }, 'blob_misplaced'],
    ['an item without a backup', { item: (i) => delete i.backup }, 'blob_damaged'],
  ])('%s', async (_what, wishes, code) => {
    const opened = await openNew(wishes);
    await expect(opened.openItem(opened.objects[0]!)).rejects.toMatchObject({ name: 'Refusal', code });
  });

  it('an object whose payload nobody knows yet', async () => {
    const opened = await openNew({
      index: (i) => ((i.objects[0]!.payloads as [{ payload: string }])[0].payload = 'later'),
    });
    await expect(opened.openItem(opened.objects[0]!)).rejects.toMatchObject({ code: 'payload_unknown' });
  });
});

it('checks every blob against the manifest once more when it reads it', async () => {
  const container: Container = new Map();
  const { folder, items } = await writeSnapshot(container);
  const opened = await open(container);
  container.set(folder + items[0]!, container.get(folder + items[1]!)!);
  await expect(backupsOf(opened)).rejects.toMatchObject({ code: 'blob_damaged', blob: items[0] });
  container.delete(folder + items[0]!);
  await expect(backupsOf(opened)).rejects.toMatchObject({ code: 'blob_missing', blob: items[0] });
});

it.each([
  ['a public key', pemOf(offline.publicKey)],
  ['a key that is not RSA', pemOf(signing.privateKey)],
])('takes no %s for a recipient', (_what, key) => {
  expect(() => offlineOpener(key)).toThrow(/recipient key/);
});
