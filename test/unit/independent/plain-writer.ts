import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { CompactEncrypt, CompactSign, calculateJwkThumbprint, exportJWK, GeneralEncrypt } from 'jose';
import { type SnapshotSource } from '../../independent/source';

/** A second writer of format 1, made from docs/format.md with plain jose; it shares nothing with Strongroom. */

export type Json = Record<string, unknown>;

/** A container in memory: blobs by path. */
export type Container = Map<string, Buffer>;

const VAULT_URL = 'https://contoso-prod.vault.azure.net';
export const KEK_KID = 'https://strongroom-keys.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef';

const rsa = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('rsa', { modulusLength: 2048 });

export const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const rsaSigning = rsa();
export const pruning = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const foreignSigning = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const kek = rsa();
export const offline = rsa();

export const pemOf = (key: KeyObject): string =>
  key.type === 'private'
    ? String(key.export({ type: 'pkcs8', format: 'pem' }))
    : String(key.export({ type: 'spki', format: 'pem' }));

export const thumbprintOf = async (key: KeyObject): Promise<string> => calculateJwkThumbprint(await exportJWK(key));
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export function sourceOf(container: Container): SnapshotSource {
  return {
    list: (prefix) =>
      Promise.resolve(
        [...container.entries()]
          .filter(([path]) => path.startsWith(prefix))
          .map(([path, bytes]) => ({ path, bytes: bytes.length })),
      ),
    read: (path) => Promise.resolve(container.get(path)),
  };
}

function padded(value: unknown): Buffer {
  const text = json(value);
  const bucket = [1024, 2048, 4096, 8192, 16384, 32768, 65536].find((size) => size >= text.length);
  const size = bucket ?? Math.ceil(text.length / 65536) * 65536;
  return Buffer.concat([text, Buffer.alloc(size - text.length, ' ')]);
}

interface DataKey {
  id: string;
  key: Buffer;
}

async function makeDataKey(): Promise<DataKey> {
  const key = randomBytes(32);
  return { key, id: await calculateJwkThumbprint({ kty: 'oct', k: key.toString('base64url') }) };
}

interface Recipient {
  publicKey: KeyObject;
  kid?: string;
}

/** What the tests may say differently, to write snapshots that should be refused. */
export interface Wishes {
  day?: number;
  sequence?: number;
  previous?: { snapshot: string; digest: string; retainUntil?: string } | null;
  recipients?: Recipient[];
  tier?: 'daily' | 'monthly';
  manifest?: Json;
  header?: Json;
  index?: (index: { objects: Json[] } & Json) => void;
  item?: (item: Json) => void;
  itemHeader?: (header: Json) => void;
  keyHeader?: (header: Json) => void;
  key?: KeyObject | Uint8Array;
  contents?: Record<string, string>;
}

export interface Written {
  id: string;
  folder: string;
  digest: string;
  items: string[];
  index: string;
  dataKey: string;
  sequence: number;
  previous: { snapshot: string; digest: string } | null;
  retainUntil: string;
}

const DEFAULT_CONTENTS = { 'db-password': 'backup of db-password', 'mail-key': 'backup of mail-key' };

/** Seals and signs one snapshot into the container. */
export async function writeSnapshot(container: Container, wishes: Wishes = {}): Promise<Written> {
  const { day = 22, tier = 'daily', contents = DEFAULT_CONTENTS } = wishes;
  const id = `202611${String(day)}T020000Z-${randomBytes(6).toString('hex')}`;
  const folder = `${tier === 'daily' ? `2026-11-${String(day)}` : '2026-11'}/contoso-prod/${id}/`;
  const recipients = wishes.recipients ?? [
    { publicKey: kek.publicKey, kid: KEK_KID },
    { publicKey: offline.publicKey },
  ];
  const dataKey = await makeDataKey();
  const blobs = new Map<string, Buffer>();
  const keyBlob = `keys/${dataKey.id}.jwe`;
  blobs.set(keyBlob, await sealDataKey(dataKey, recipients, id, keyBlob, wishes.keyHeader));
  const common = { format: 1, snapshot: id, vault: VAULT_URL };
  const items: string[] = [];
  const objects: Json[] = [];
  for (const [name, backup] of Object.entries(contents)) {
    const blob = `items/${randomBytes(16).toString('hex')}.jwe`;
    const versions = [{ version: digestOf(Buffer.from(name)).slice(0, 32), enabled: true, contentType: '', tags: {} }];
    const encoded = Buffer.from(backup).toString('base64url');
    const item = { ...common, type: 'item', kind: 'secret', name, payload: 'native', takenAt: time(day), versions };
    const sealed = { ...item, backup: encoded };
    wishes.item?.(sealed);
    blobs.set(blob, await seal('item', id, blob, dataKey, sealed, wishes.itemHeader));
    items.push(blob);
    const payloads = [{ payload: 'native', blob }];
    objects.push({ kind: 'secret', name, outcome: 'stored', attributes: { enabled: true }, versions, payloads });
  }
  objects.push({
    kind: 'secret',
    name: 'web-tls',
    outcome: 'managed',
    attributes: { enabled: true },
    versions: [],
    payloads: [],
  });
  const indexPayload = { ...common, type: 'index', tier, objects };
  wishes.index?.(indexPayload);
  const index = `index/${randomBytes(16).toString('hex')}.jwe`;
  blobs.set(index, await seal('index', id, index, dataKey, indexPayload));
  const manifest = {
    ...common,
    type: 'manifest',
    tier,
    subscriptionId: '6f1d2c3b-4a59-4e68-8d77-9c0b1a2e3f40',
    geography: 'Europe',
    sequence: wishes.sequence ?? 1,
    previous: wishes.previous ?? null,
    otherTier: null,
    scheduledFor: time(day),
    startedAt: time(day),
    closedAt: time(day),
    nextDue: time(day + 1),
    retainUntil: time(day + 5),
    outcome: 'complete',
    counts: {
      objects: items.length + 1,
      stored: items.length,
      managed: 1,
      absent: 0,
      failed: 0,
      byKind: {},
      byCode: {},
    },
    recipients: await Promise.all(
      recipients.map(async ({ publicKey, kid }) => ({
        thumbprint: await thumbprintOf(publicKey),
        ...(kid && { kid }),
      })),
    ),
    dataKeys: [{ id: dataKey.id, blob: keyBlob }],
    index,
    blobs: [...blobs.entries()]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([blob, bytes]) => ({ blob, digest: digestOf(bytes), bytes: bytes.length })),
    signingKey: { kid: 'https://keys.vault.azure.net/keys/sign/1', thumbprint: await thumbprintOf(signing.publicKey) },
    producer: { name: 'plain-writer', version: '1' },
    ...wishes.manifest,
  };
  const jws = await sign(manifest, { sr_snapshot: id, ...wishes.header }, wishes.key);
  for (const [blob, bytes] of blobs) container.set(folder + blob, bytes);
  container.set(`${folder}manifest.jws`, jws);
  const { sequence, previous, retainUntil } = manifest as unknown as Pick<
    Written,
    'sequence' | 'previous' | 'retainUntil'
  >;
  return { id, folder, digest: digestOf(jws), items, index, dataKey: keyBlob, sequence, previous, retainUntil };
}

/** A chain of snapshots on following days; `wishes` go into all of them. */
export async function writeChain(
  container: Container,
  length: number,
  wishes: Wishes = {},
  linkOf?: (before: Written) => { retainUntil: string },
): Promise<Written[]> {
  const chain: Written[] = [];
  for (let sequence = 1; sequence <= length; sequence++) {
    const before = chain.at(-1);
    const previous = before === undefined ? null : { snapshot: before.id, digest: before.digest, ...linkOf?.(before) };
    chain.push(await writeSnapshot(container, { ...wishes, day: 20 + sequence, sequence, previous }));
  }
  return chain;
}

export const time = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T02:00:00.000Z`;

/** Signs a manifest. The header's own members win over the usual ones, so that tests can write wrong ones. */
export async function sign(
  payload: Json,
  header: Json,
  key: KeyObject | Uint8Array = signing.privateKey,
): Promise<Buffer> {
  const all = {
    alg: 'ES256',
    kid: 'https://keys.vault.azure.net/keys/sign/1',
    typ: 'strongroom-manifest',
    sr_format: 1,
  };
  const { crit, ...rest } = { ...all, ...header } as Json & { alg: string; crit?: string[] };
  const signer = new CompactSign(json(payload));
  signer.setProtectedHeader(crit === undefined ? rest : { ...rest, crit });
  const known = Object.fromEntries((crit ?? []).map((name) => [name, true]));
  return Buffer.from(await signer.sign(key, { crit: known }));
}

/** What a test may want to say wrongly in a prune record. */
interface RecordWishes {
  at?: string;
  path?: string;
  key?: KeyObject;
  record?: Json;
  header?: Json;
  entries?: (entry: Json) => Json;
}

/** Signs a prune record about snapshots into the container, and deletes them. */
export async function prune(
  container: Container,
  gone: readonly Written[],
  wishes: RecordWishes = {},
): Promise<string> {
  const { at = time(30), key = pruning.privateKey, entries = (entry: Json) => entry } = wishes;
  const path = wishes.path ?? `records/contoso-prod/${at.replaceAll(/[-:.]/g, '')}-prune.jws`;
  const snapshots = gone.map(({ id, sequence, digest, previous, retainUntil }) =>
    entries({ snapshot: id, sequence, digest, previous, retainUntil }),
  );
  const record = { format: 1, type: 'record', record: 'prune', vault: VAULT_URL, tier: 'daily', at, snapshots };
  const header = { typ: 'strongroom-record', kid: 'prune', ...wishes.header };
  container.set(path, await sign({ ...record, ...wishes.record }, header, key));
  for (const { folder } of gone)
    for (const blob of [...container.keys()]) if (blob.startsWith(folder)) container.delete(blob);
  return path;
}

async function seal(
  type: 'item' | 'index',
  snapshot: string,
  blob: string,
  dataKey: DataKey,
  payload: unknown,
  change?: (header: Json) => void,
): Promise<Buffer> {
  const typ = `strongroom-${type}`;
  const header = {
    alg: 'dir',
    enc: 'A256GCM',
    typ,
    kid: dataKey.id,
    sr_format: 1,
    sr_snapshot: snapshot,
    sr_blob: blob,
  };
  change?.(header);
  return Buffer.from(await new CompactEncrypt(padded(payload)).setProtectedHeader(header).encrypt(dataKey.key));
}

async function sealDataKey(
  dataKey: DataKey,
  recipients: readonly Recipient[],
  snapshot: string,
  blob: string,
  change?: (header: Json) => void,
): Promise<Buffer> {
  const jwk = { kty: 'oct', k: dataKey.key.toString('base64url'), alg: 'dir', enc: 'A256GCM', kid: dataKey.id };
  const header = {
    enc: 'A256GCM',
    typ: 'strongroom-key',
    cty: 'jwk+json',
    sr_format: 1,
    sr_snapshot: snapshot,
    sr_blob: blob,
  };
  change?.(header);
  const jwe = new GeneralEncrypt(json(jwk)).setProtectedHeader(header);
  for (const { publicKey } of recipients) {
    jwe.addRecipient(publicKey).setUnprotectedHeader({ alg: 'RSA-OAEP-256', kid: await thumbprintOf(publicKey) });
  }
  return json(await jwe.encrypt());
}
