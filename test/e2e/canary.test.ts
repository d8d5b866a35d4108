import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { calculateJwkThumbprint } from 'jose';
import { APP_PRINCIPAL, KEY_VAULT, SOURCE_ACTIONS } from '../../local/stack/estate';
import { containerSource } from '../independent/container-source';
import { openDataKey } from '../independent/data-keys';
import { openSnapshot } from '../independent/open';
import { offlineOpener } from '../independent/openers';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, asPerson, type OfflinePair, offlinePair } from './archive-judge';
import { type Canary, filesBelow, find, formsOf, type Place, storageOf } from './canary-scan';

// Secrets that can be told from everything else are backed up, with failures of many kinds; afterwards nothing of them may lie anywhere
// but in the vault service, which keeps them.

const VAULT = 'contoso-prod';
const long = randomBytes(15_000).toString('base64').slice(0, 20_000);
const SECRETS: Record<string, string> = {
  plain: `canary-${randomBytes(18).toString('base64')}`,
  odd: `"c@nary"\\&=%+/?#\n\t<${randomBytes(9).toString('hex')}>`,
  unicode: `Kanarienvögel 🐤 カナリア ${randomBytes(9).toString('hex')}`,
  long,
  disabled: `disabled-${randomBytes(18).toString('hex')}`,
};
const MANY_VERSIONS = 250;

let app: AppOnStack;
let judge: ArchiveJudge;
let offline: OfflinePair;
const canaries: Canary[] = Object.entries(SECRETS).map(([what, value]) => ({ what: `the value of ${what}`, value }));

beforeAll(async () => {
  offline = await offlinePair();
  const secrets = Object.entries(SECRETS).map(([name, value]) => ({
    name,
    versions: [{ value: `${value}-old` }, { value, ...(name === 'disabled' && { enabled: false }) }],
  }));
  const versions = Array.from({ length: MANY_VERSIONS }, (_, index) => ({ value: `${SECRETS['plain']!}-${index}` }));
  app = await AppOnStack.start(
    { [VAULT]: { secrets: [...secrets, { name: 'many', versions }], generate: { secrets: 8, keys: 2, seed: 2 } } },
    { settings: { BATCH_SIZE: '5', PAGE_SIZE: '10' } },
  );
  const kek = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  await importKey(KEY_VAULT, 'canary-kek', { ...kek, key_ops: ['wrapKey', 'unwrapKey'] });
  await importKey(VAULT, 'signer', { ...ec, key_ops: ['sign', 'verify'] });
  const approved = [await calculateJwkThumbprint({ kty: 'RSA', n: kek.n!, e: kek.e! })];
  const recipient = { kek: `https://${KEY_VAULT}.vault.azure.net/keys/canary-kek`, approved };
  Object.assign(app.stack.settings, { RECIPIENTS: JSON.stringify([recipient]) });
  judge = await ArchiveJudge.join(app.stack, offline);
  const parts = { 'the KEK': kek, 'a key': ec, 'the offline key': offline.privateJwk as JsonWebKey };
  for (const [what, jwk] of Object.entries(parts)) {
    for (const part of ['d', 'p', 'q'] as const) {
      if (jwk[part] !== undefined)
        canaries.push({ what: `${part} of ${what}`, value: Buffer.from(jwk[part], 'base64url') });
    }
  }
});
afterAll(() => app.stop());

async function importKey(vault: string, name: string, key: object): Promise<void> {
  const { status } = await asPerson(app.stack, { vault, method: 'PUT', path: `/keys/${name}`, body: { key } });
  expect(status).toBe(200);
}

/** What is secret only since the backups were made: the vault's backups, and the data keys. */
async function canariesWithin(): Promise<Canary[]> {
  const found: Canary[] = [];
  const source = containerSource(judge.container());
  const opener = offlineOpener(offline.privateJwk);
  for (const snapshot of await judge.snapshots(VAULT)) {
    for (const { id, blob } of snapshot.manifest.dataKeys) {
      const bytes = (await source.read(`${snapshot.folder.path}${blob}`))!;
      found.push({ what: 'a data key', value: await openDataKey(snapshot, id, blob, bytes, opener) });
    }
    const opened = await openSnapshot({ source, snapshot, opener });
    const stored = opened.objects.filter(({ outcome }) => outcome === 'stored');
    for (const object of stored.filter(({ name }) => name in SECRETS || name === 'signer')) {
      const { backup } = await opened.openItem(object);
      found.push({ what: `the vault's backup of ${object.name}`, value: backup });
      found.push({
        what: `the bytes of the vault's backup of ${object.name}`,
        value: Buffer.from(backup, 'base64url'),
      });
    }
  }
  return found;
}

async function everywhere(): Promise<Place[]> {
  const { data, connections } = app.stack.endpoints;
  const answers = app.heard.map((answer, index) => ({ where: `HTTP answer ${index}`, bytes: Buffer.from(answer) }));
  return [...filesBelow(data, ['vaults']), ...(await storageOf(connections.account)), ...answers];
}

async function disturb(part: 'vault-service' | 'storage', faults: object[]): Promise<void> {
  for (const fault of faults) await app.stack.control.post(`/${part}/faults`, fault);
}

test('what is searched for would be found, in every form and in every place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-canary-'));
  const { account } = app.stack.endpoints.connections;
  const containers = BlobServiceClient.fromConnectionString(account);
  const tables = TableServiceClient.fromConnectionString(account, { allowInsecureConnection: true });
  const queues = QueueServiceClient.fromConnectionString(account);
  try {
    for (const { what, value } of canaries) {
      const forms = [...formsOf(value)];
      expect(forms.length).toBeGreaterThanOrEqual(9);
      for (const [form, needle] of forms) {
        const planted = { where: 'here', bytes: Buffer.concat([Buffer.from('>'), needle, Buffer.from('<')]) };
        expect(find([{ what, value }], [planted])).toContain(`${what}, ${form}, in here`);
      }
      for (const shift of [0, 1, 2]) {
        const bytes = Buffer.from(
          Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(value), Buffer.alloc(2)]).toString('base64'),
        );
        expect(find([{ what, value }], [{ where: 'here', bytes }])).not.toEqual([]);
      }
    }
    const [canary] = canaries;
    const value = String(canary!.value);
    writeFileSync(join(folder, 'planted'), `x${value}`);
    await containers.createContainer('planted');
    await containers.getContainerClient('planted').getBlockBlobClient('one').upload(value, Buffer.byteLength(value));
    await tables.createTable('planted');
    const table = TableClient.fromConnectionString(account, 'planted', { allowInsecureConnection: true });
    await table.createEntity({ partitionKey: 'a', rowKey: 'b', text: value });
    await queues.createQueue('planted');
    await queues.getQueueClient('planted').sendMessage(Buffer.from(value).toString('base64'));
    const places = [...filesBelow(folder), ...(await storageOf(account))];
    const found = find([canary!], places).join('\n');
    for (const where of ['file planted', 'blob planted/one', 'table planted, a b', 'queue planted']) {
      expect(found).toContain(`${canary!.what}, plain, in ${where}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
    await containers.deleteContainer('planted');
    await tables.deleteTable('planted');
    await queues.deleteQueue('planted');
  }
});

test('after backups and failures, no secret lies anywhere', async () => {
  const { stack } = app;
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
  expect((await app.backUp(VAULT, 'monthly')).status).toBe('succeeded');

  await disturb('vault-service', [
    { kind: 'torn', operation: 'secrets.backup', next: 4 },
    { kind: 'torn', operation: 'keys.backup', next: 1 },
    { kind: 'status', status: 400, code: 'BadParameter', operation: 'secrets.backup', object: 'odd' },
    { kind: 'status', status: 403, operation: 'secrets.backup', object: 'unicode' },
  ]);
  await disturb('storage', [
    { kind: 'torn', service: 'blob', operation: 'GetBlob', path: '*/items/*', next: 3 },
    { kind: 'torn', service: 'blob', operation: 'PutBlob', path: '*/items/*', next: 2 },
    { kind: 'torn', service: 'table', operation: 'Batch', next: 2 },
  ]);
  expect((await app.backUp(VAULT)).counts.byCode).toEqual({ vault_refused: 1, vault_forbidden: 1 });
  await disturb('storage', [{ kind: 'status', status: 400, service: 'blob', operation: 'PutBlob', path: '*/items/*' }]);
  expect((await app.backUp(VAULT)).code).toBe('archive_refused');
  await stack.control.delete('/storage/faults');
  await stack.control.delete('/vault-service/faults');

  const role = { principal: APP_PRINCIPAL.oid, vault: VAULT };
  await stack.control.put('/vault-service/roles', { ...role, actions: ['secrets/readMetadata/action'] });
  expect((await app.backUp(VAULT)).code).toBe('vault_forbidden');
  await stack.control.put('/vault-service/roles', { ...role, actions: SOURCE_ACTIONS });

  for (const point of [
    { at: 'vault-service', operation: 'secrets.backup', nth: 3, phase: 'after' },
    { at: 'storage', service: 'blob', operation: 'PutBlob', path: '*/items/*', nth: 4, phase: 'before' },
  ] as const) {
    const { killed } = await stack.killHostAt(point);
    const { runId } = await app.start();
    await killed;
    await stack.startHost();
    expect((await app.waitFor(runId)).status).toBe('succeeded');
  }

  // A person's mistake: a private key where a public one belongs.
  const { RECIPIENTS } = stack.settings;
  await stack.stopHost();
  const refusal = await stack
    .startHost({ RECIPIENTS: JSON.stringify([{ jwk: offline.privateJwk }]) })
    .then(() => '', String);
  expect(refusal).toContain('RECIPIENTS');
  await stack.startHost({ RECIPIENTS });

  for (const path of ['/runs?limit=200', '/snapshots?limit=200', '/runs/nonsense', '/runs?limit=x'])
    await app.call('GET', path);
  const { body } = await app.call<{ runs: { id: string; kind: string }[] }>('GET', '/runs?limit=200');
  for (const { id, kind } of body.runs) if (kind === 'backup') await app.objects(id);

  const all = [...canaries, ...(await canariesWithin())];
  const places = [...(await everywhere()), { where: 'the refusal to start', bytes: Buffer.from(refusal) }];
  for (const kind of [
    'file host/',
    'file logs/',
    'blob strongroom-daily',
    'blob strongroom-monthly',
    'table objects',
    'queue ',
    'HTTP',
  ])
    expect(places.filter(({ where }) => where.startsWith(kind))).not.toEqual([]);
  // What is too long for one property is packed, and was unpacked to be searched.
  expect(places.filter(({ bytes }) => bytes.includes('Gzip0'))).not.toEqual([]);
  expect(find(all, places)).toEqual([]);
});

test('keys and tokens of the host and of the storage are in no log, no record and no answer', async () => {
  const { token, functionKey, identityHeader, connections } = app.stack.endpoints;
  const signatures = [connections.archive, connections.ledger, connections.events].map(
    (connection) => new URLSearchParams(/SharedAccessSignature=(.*)$/.exec(connection)?.[1]).get('sig') ?? '',
  );
  const secrets: Canary[] = [
    { what: 'the token of the API', value: token },
    { what: 'the function key', value: functionKey },
    { what: 'the header of the identity', value: identityHeader },
    { what: 'the account key', value: /AccountKey=([^;]+)/.exec(connections.account)?.[1] ?? '' },
    ...signatures.map((value) => ({ what: 'a signature', value })),
    { what: 'a token', value: 'Bearer eyJ' },
  ];
  for (const { value } of secrets) expect(value.length).toBeGreaterThan(8);
  // The stack itself keeps the function key in its own state file, as Azure keeps it in the host's storage account.
  const places = (await everywhere()).filter(({ where }) => where !== 'file stack-state.json');
  expect(find(secrets, places)).toEqual([]);
});

test('the canaries were there: a backup of them can be restored, and the app never asked for a value', async () => {
  const source = containerSource(judge.container());
  const [snapshot] = await judge.snapshots(VAULT);
  const opener = offlineOpener(offline.privateJwk);
  const opened = await openSnapshot({ source, snapshot: snapshot!, opener });
  await app.stack.control.put('/vault-service/vaults/contoso-empty', {
    subscriptionId: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a01',
    geography: 'Europe',
  });
  for (const name of ['plain', 'odd', 'unicode', 'long']) {
    const { backup } = await opened.openItem(opened.objects.find((object) => object.name === name)!);
    const vault = 'contoso-empty';
    const path = '/secrets/restore';
    expect((await asPerson(app.stack, { vault, method: 'POST', path, body: { value: backup } })).status).toBe(200);
    const { body } = await asPerson(app.stack, { vault, method: 'GET', path: `/secrets/${name}` });
    expect((body as { value: string }).value).toBe(SECRETS[name]);
  }
  const { requests } = (await app.stack.control.get('/vault-service/requests')) as {
    requests: { caller: string; operation: string }[];
  };
  const asked = requests.filter(({ caller }) => caller === APP_PRINCIPAL.oid).map(({ operation }) => operation);
  expect(new Set(asked)).toEqual(
    new Set([
      ...['secrets.list', 'secrets.versions', 'secrets.backup', 'keys.list', 'keys.versions', 'keys.backup'],
      ...['keys.getpolicy'],
      ...['issuers.list', 'contacts.get'],
      ...['keys.get', 'keys.sign', 'certificates.list'],
    ]),
  );
});
