import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK } from 'jose';
import { verifySnapshots } from '../../independent/verify';
import {
  type Container,
  foreignSigning,
  type Json,
  pemOf,
  rsaSigning,
  sign,
  signing,
  sourceOf,
  thumbprintOf,
  time,
  writeSnapshot,
  type Written,
} from './plain-writer';

const third = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KID = 'https://keys.vault.azure.net/keys/sign/2';

interface Pair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

async function said(container: Container): Promise<string[]> {
  const { findings } = await verifySnapshots({
    source: sourceOf(container),
    vault: 'contoso-prod',
    tier: 'daily',
    pinnedKeys: [pemOf(signing.publicKey)],
  });
  return findings.map(({ code, snapshot, blob }) => `${code} ${snapshot ?? blob ?? ''}`.trim());
}

interface Wishes {
  by?: Pair;
  record?: Json;
  vault?: string;
  day?: number;
  header?: Json;
}

/** Writes the record by which `from` introduces `to`; its path. */
async function introduce(container: Container, from: Pair, to: Pair, wishes: Wishes = {}): Promise<string> {
  const { by = from, record = {}, vault = 'contoso-prod', day = 23, header = {} } = wishes;
  const payload = {
    ...{ format: 1, type: 'record', record: 'key-succession', tier: 'daily', at: time(day) },
    vault: `https://${vault}.vault.azure.net`,
    from: { kid: KID, thumbprint: await thumbprintOf(from.publicKey) },
    to: { kid: KID, thumbprint: await thumbprintOf(to.publicKey), jwk: await exportJWK(to.publicKey) },
    producer: { name: 'strongroom', version: '0.1.0' },
    ...record,
  };
  const alg = by.publicKey.asymmetricKeyType === 'rsa' ? 'PS256' : 'ES256';
  const protectedHeader = { alg, kid: KID, typ: 'strongroom-record', sr_format: 1, ...header };
  const path = `records/${vault}/${time(day).replaceAll(/[-:.]/g, '')}-key-succession.jws`;
  container.set(path, await sign(payload, protectedHeader, by.privateKey));
  return path;
}

/** The next snapshot of a chain, signed by `by`. */
async function follow(container: Container, before: Written | undefined, day: number, by: Pair): Promise<Written> {
  const alg = by.publicKey.asymmetricKeyType === 'rsa' ? 'PS256' : 'ES256';
  return writeSnapshot(container, {
    day,
    sequence: (before?.sequence ?? 0) + 1,
    previous: before === undefined ? null : { snapshot: before.id, digest: before.digest },
    key: by.privateKey,
    header: { alg },
    manifest: { signingKey: { kid: KID, thumbprint: await thumbprintOf(by.publicKey) } },
  });
}

async function twoSnapshots(): Promise<{ container: Container; newest: Written }> {
  const container: Container = new Map();
  const oldest = await follow(container, undefined, 22, signing);
  return { container, newest: await follow(container, oldest, 24, rsaSigning) };
}

test('a key that nobody introduced is not trusted', async () => {
  const { container, newest } = await twoSnapshots();
  expect(await said(container)).toEqual([`manifest_damaged ${newest.id}`]);
});

test('a key that a pinned one introduced is trusted, and so is the one after it', async () => {
  const { container, newest } = await twoSnapshots();
  await introduce(container, signing, rsaSigning);
  expect(await said(container)).toEqual([]);
  await follow(container, newest, 25, third);
  // Times do not matter, nor the folder: a vault that was added later has no record of its own.
  await introduce(container, rsaSigning, third, { day: 21, vault: 'contoso-aaa' });
  expect(await said(container)).toEqual([]);
});

test.each<[string, Wishes]>([
  ['by the new key itself', { by: rsaSigning }],
  ['by a foreign key', { by: foreignSigning }],
  ['of another tier', { record: { tier: 'monthly' } }],
  ['of another kind', { record: { record: 'include' } }],
  ['of another vault than its folder', { record: { vault: 'https://contoso-test.vault.azure.net' } }],
  ['of another time than its name', { record: { at: time(29) } }],
  ['of another format', { record: { format: 2 } }],
  ['of another type', { header: { typ: 'strongroom-manifest' } }],
  ['with a critical extension', { header: { crit: ['sr_new'], sr_new: 1 } }],
  ['that names another signer', { record: { from: { kid: KID, thumbprint: 'x'.repeat(43) } } }],
  ['without a key', { record: { to: { kid: KID, thumbprint: 'x'.repeat(43) } } }],
])('a record %s introduces nothing', async (_what, wishes) => {
  const { container, newest } = await twoSnapshots();
  const path = await introduce(container, signing, rsaSigning, wishes);
  expect((await said(container)).sort()).toEqual([`manifest_damaged ${newest.id}`, `record_refused ${path}`]);
});

test('a key under the thumbprint of another introduces nothing', async () => {
  const { container, newest } = await twoSnapshots();
  const to = { kid: KID, thumbprint: await thumbprintOf(rsaSigning.publicKey), jwk: await exportJWK(third.publicKey) };
  const path = await introduce(container, signing, rsaSigning, { record: { to } });
  expect((await said(container)).sort()).toEqual([`manifest_damaged ${newest.id}`, `record_refused ${path}`]);
});
