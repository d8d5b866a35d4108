import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { type AlertList, type AlertView } from '../../src/contracts/alerts';
import { type DecisionList, type RunView, type SnapshotView, type StartedPrune } from '../../src/contracts/api';
import { type RecipientList } from '../../src/contracts/trust';
import {
  APP_PRINCIPAL,
  GEOGRAPHY,
  KEY_NAMES,
  KEY_VAULT,
  SOURCE_ACTIONS,
  SUBSCRIPTION_ID,
} from '../../local/stack/estate';
import { readPfx } from '../../local/vault-service/x509/pfx';
import { QuotingGateway } from '../fakes/quoting-gateway';
import { WebhookReceiver } from '../fakes/webhook-receiver';
import { containerSource } from '../independent/container-source';
import { openDataKey } from '../independent/data-keys';
import { openSnapshot } from '../independent/open';
import { offlineOpener } from '../independent/openers';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, asPerson, type OfflinePair, offlinePair } from './archive-judge';
import { type Canary, filesBelow, find, type Place, storageOf } from './canary-scan';

// Everything that the app does, on a vault whose values it reads, with errors that quote them. Afterwards nothing secret may lie anywhere, and what
// persons wrote only where it belongs.

const VAULT = 'contoso-prod';
const DAY = 86_400_000;
const secret = (what: string): string => `${what}-${randomBytes(18).toString('base64')}`;
const VALUES: Record<string, string> = {
  plain: secret('canary'),
  odd: `"c@nary"\\&=%+/?#\n\t<${randomBytes(9).toString('hex')}> Kanarienvögel 🐤 ${secret('odd')}`,
  disabled: secret('disabled'),
  'tmp-excluded': secret('excluded'),
};
const CERTIFICATES = [
  { name: 'rsa-pfx', versions: [{ kty: 'RSA', size: 2048 }] },
  { name: 'ec-pfx', versions: [{ kty: 'EC', crv: 'P-256' }] },
  { name: 'ec-pem', versions: [{ kty: 'EC', crv: 'P-256', contentType: 'application/x-pem-file' }] },
];
const signing = randomBytes(32);
const WEBHOOK_SECRET = `whsec_${signing.toString('base64')}`;
const WRONG_TOKEN = secret('token');
/** What persons write, which is no secret, and has its places. */
const REASONS = {
  approval: secret('why-approved'),
  exclusion: secret('why-excluded'),
  resolution: secret('why-resolved'),
};
const GLOB = `tmp-${randomBytes(9).toString('hex')}-*`;

let app: AppOnStack;
let judge: ArchiveJudge;
let offline: OfflinePair;
let gateway: QuotingGateway;
let receiver: WebhookReceiver;
const canaries: Canary[] = Object.entries(VALUES).map(([what, value]) => ({ what: `the value of ${what}`, value }));
const runs: string[] = [];

beforeAll(async () => {
  [offline, receiver] = await Promise.all([offlinePair(), WebhookReceiver.start()]);
  const secrets = Object.entries(VALUES).map(([name, value]) => ({
    name,
    versions: [{ value: `${value}-old` }, { value, ...(name === 'disabled' && { enabled: false }) }],
  }));
  const keys = [{ name: 'k', versions: [{ kty: 'EC', crv: 'P-256' }] }];
  app = await AppOnStack.start(
    { [VAULT]: { secrets, keys, certificates: CERTIFICATES } },
    {
      modes: { timers: false },
      settings: { ALERT_WEBHOOK_URL: receiver.url, ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET },
    },
  );
  gateway = await QuotingGateway.start(app.stack.endpoints.vaultGateway);
  Object.assign(app.stack.settings, { VAULT_GATEWAY: gateway.url });
  judge = await ArchiveJudge.join(app.stack, offline);
  const actions = [...SOURCE_ACTIONS, 'secrets/getSecret/action'];
  await app.stack.control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault: VAULT, actions });
  await addCertificateCanaries();
});
afterAll(async () => {
  await app.stop();
  await gateway.close();
  await receiver.close();
});

/** PFX and PEM as the vault gives them, their bytes, and the private keys in them. */
async function addCertificateCanaries(): Promise<void> {
  for (const { name } of CERTIFICATES) {
    const { body } = await asPerson(app.stack, { vault: VAULT, method: 'GET', path: `/secrets/${name}` });
    const { value } = body as { value: string };
    const pem = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(value)?.[0];
    const bytes = Buffer.from(pem?.replaceAll(/-----[^-]+-----/g, '') ?? value, 'base64');
    const key: KeyObject = pem === undefined ? (await readPfx(bytes, '')).privateKey : createPrivateKey(pem);
    const d = Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url');
    canaries.push({ what: `the value of ${name}`, value: pem ?? value });
    canaries.push({ what: `the bytes of ${name}`, value: bytes });
    canaries.push({ what: `the private key of ${name}`, value: d });
  }
  const privateKey = offline.privateJwk.d!;
  canaries.push({ what: 'the offline key', value: Buffer.from(privateKey, 'base64url') });
}

async function backUp(tier?: string): Promise<RunView> {
  const run = await app.backUp(VAULT, tier);
  runs.push(run.id);
  return run;
}

async function prune(dryRun: boolean): Promise<RunView> {
  const { body } = await app.call<StartedPrune>('POST', '/prune', { body: { dryRun } });
  runs.push(body.runId);
  return app.waitFor(body.runId);
}

test('plans, portable payloads, errors that quote values, alerts, approvals, exclusions and pruning', async () => {
  const both = ['native', 'portable'];
  const plan = {
    url: `https://${VAULT}.vault.azure.net`,
    subscriptionId: SUBSCRIPTION_ID,
    geography: GEOGRAPHY,
    exclude: ['tmp-excluded', GLOB],
    payloads: { secret: both, certificate: both },
  };
  const put = await app.call('PUT', `/plans/${VAULT}`, { body: plan, headers: { 'if-none-match': '*' } });
  expect(put.status).toBe(201);
  expect(await backUp()).toMatchObject({ status: 'succeeded', counts: { stored: 7, excluded: 1 } });
  expect((await backUp('monthly')).status).toBe('succeeded');

  // Each of these answers holds a value: in message, code, inner code and a header.
  const quote = (request: RegExp, status: number): void => {
    gateway.quotations = [{ request, status, message: encodeURIComponent(VALUES['odd']!) }];
  };
  quote(/POST .*\/secrets\/odd\/backup/, 400);
  expect((await backUp()).counts.byCode).toEqual({ vault_refused: 1 });
  quote(/GET .*\/secrets\/(odd|plain)\/[0-9a-f]/, 400);
  expect((await backUp()).counts.byCode).toEqual({ vault_refused: 2 });
  quote(/POST .*\/certificates\/rsa-pfx\/backup/, 403);
  expect((await backUp()).counts.byCode).toEqual({ vault_forbidden: 1 });
  quote(/GET .*\/secrets\?/, 403);
  expect((await backUp()).code).toBe('vault_forbidden');
  quote(/POST .*\/sign\?/, 403);
  expect((await backUp()).code).toBe('signing_refused');
  gateway.quotations = [];

  const rotate = { vault: KEY_VAULT, method: 'POST', path: `/keys/${KEY_NAMES.encryption}/rotate` };
  expect((await asPerson(app.stack, rotate)).status).toBe(200);
  expect((await backUp()).warnings).toContain('recipient_not_approved');
  const { body: listed } = await app.call<RecipientList>('GET', '/recipients');
  const waiting = listed.recipients.find(({ state }) => state === 'waiting_for_approval')!;
  const approval = { body: { reason: REASONS.approval } };
  expect((await app.call('POST', `/recipients/${waiting.thumbprint!}/approval`, approval)).status).toBe(200);
  const good = await backUp();
  expect(good).toMatchObject({ status: 'succeeded', warnings: [] });

  const exclusion = { body: { reason: REASONS.exclusion } };
  expect((await app.call<SnapshotView>('POST', `/snapshots/${good.id}/exclude`, exclusion)).status).toBe(200);
  const { body: raised } = await app.call<AlertView>('POST', '/alerts/test');
  await app.call('POST', `/alerts/${raised.id}/resolve`, { body: { reason: REASONS.resolution } });
  expect((await app.call('GET', '/runs', { headers: { authorization: `Bearer ${WRONG_TOKEN}` } })).status).toBe(401);

  await app.stack.moveClock({ byMs: 40 * DAY });
  expect((await backUp()).status).toBe('succeeded');
  expect((await prune(true)).prune?.counts?.dropped).toBeGreaterThan(3);
  expect((await prune(false)).prune?.counts?.dropped).toBeGreaterThan(3);
});

/** What is secret only since the backups were made: the vault's backups, and the data keys. */
async function canariesWithin(): Promise<Canary[]> {
  const source = containerSource(judge.container());
  const opener = offlineOpener(offline.privateJwk);
  const [snapshot] = await judge.snapshots(VAULT);
  const found: Canary[] = [];
  for (const { id, blob } of snapshot!.manifest.dataKeys) {
    const bytes = (await source.read(`${snapshot!.folder.path}${blob}`))!;
    found.push({ what: 'a data key', value: await openDataKey(snapshot!, id, blob, bytes, opener) });
  }
  const opened = await openSnapshot({ source, snapshot: snapshot!, opener });
  for (const object of opened.objects.filter(({ outcome }) => outcome === 'stored')) {
    const { backup } = await opened.openItem(object);
    found.push({ what: `the vault's backup of ${object.name}`, value: Buffer.from(backup, 'base64url') });
  }
  // The canaries were there: what was opened holds them.
  const { versions } = await opened.openPortable(opened.objects.find(({ name }) => name === 'odd')!);
  expect(versions.map(({ value }) => value)).toContain(VALUES['odd']);
  return found;
}

/** Asks for everything there is to be asked for, so that the answers can be searched. */
async function askForEverything(): Promise<void> {
  const lists = ['runs', 'snapshots', 'alerts', 'audit', 'plans', 'recipients', 'signing-key', `plans/${VAULT}`, 'me'];
  for (const list of lists) {
    const query = ['runs', 'snapshots', 'alerts', 'audit'].includes(list) ? '?limit=200' : '';
    expect((await app.call('GET', `/${list}${query}`)).status).toBe(200);
  }
  const { body } = await app.call<AlertList>('GET', '/alerts?limit=200');
  for (const { id } of body.alerts) await app.call('GET', `/alerts/${id}`);
  for (const id of runs) {
    await app.run(id);
    await app.call<DecisionList>('GET', `/runs/${id}/decisions?limit=200`);
    await app.objects(id).catch(() => []);
  }
}

let places: Place[];

async function everywhere(): Promise<Place[]> {
  const { data, connections } = app.stack.endpoints;
  const texts = (where: string, values: readonly string[]): Place[] =>
    values.map((value, index) => ({ where: `${where} ${index}`, bytes: Buffer.from(value) }));
  // The stack itself keeps the key of its host's admin endpoints in its own state file, as Azure keeps it in the host's storage account.
  const files = filesBelow(data, ['vaults']).filter(({ where }) => where !== 'file stack-state.json');
  return [
    ...files,
    ...(await storageOf(connections.account)),
    ...texts('HTTP answer', app.heard),
    ...texts(
      'webhook message',
      receiver.received.map(({ headers, body }) => JSON.stringify([headers, body])),
    ),
    ...texts('request to a vault', gateway.asked),
    { where: 'names of files', bytes: Buffer.from(files.map(({ where }) => where).join('\n')) },
  ];
}

/** The kinds of places in which a text was found. */
function kindsWith(value: string): string[] {
  const found = find([{ what: 'it', value }], places).map(
    (line) => / in (file host|file logs|\w+ \w+|\S+)/.exec(line)![1]!,
  );
  return [...new Set(found)].sort();
}

test('no value, key, token, signature or connection string lies anywhere', async () => {
  await askForEverything();
  places = await everywhere();
  const { token, functionKey, identityHeader, connections } = app.stack.endpoints;
  const signatures = Object.values<string>({ ...connections }).flatMap((connection) => {
    const sig = new URLSearchParams(/SharedAccessSignature=(.*)$/.exec(connection)?.[1]).get('sig');
    return sig === null ? [] : [{ what: 'the signature of a SAS', value: sig }];
  });
  expect(signatures.length).toBeGreaterThanOrEqual(4);
  const all: Canary[] = [
    ...canaries,
    ...(await canariesWithin()),
    ...signatures,
    ...Object.entries<string>({ ...connections }).map(([name, value]) => ({
      what: `the connection string ${name}`,
      value,
    })),
    { what: 'the account key', value: /AccountKey=([^;]+)/.exec(connections.account)![1]! },
    { what: 'the token of the API', value: token },
    { what: 'a wrong token', value: WRONG_TOKEN },
    { what: 'any token', value: 'Bearer eyJ' },
    { what: 'the function key', value: functionKey },
    { what: 'the header of the identity', value: identityHeader },
    { what: 'the secret of the webhook', value: WEBHOOK_SECRET },
    { what: 'the bytes of the secret of the webhook', value: signing },
    { what: 'the URL of the webhook', value: 'canary-in-the-url' },
  ];
  expect(find(all, places)).toEqual([]);
  // The file for the command line has what belongs to the stack, and nothing of the vaults or of those who are told.
  const stackFile = [{ where: 'stack.json', bytes: Buffer.from(JSON.stringify(app.stack.endpoints)) }];
  expect(find([...canaries, { what: 'the secret of the webhook', value: WEBHOOK_SECRET }], stackFile)).toEqual([]);
});

test('what persons wrote lies where it belongs and nowhere else', () => {
  expect(kindsWith(REASONS.approval)).toEqual(['HTTP answer', 'table audit']);
  expect(kindsWith(REASONS.resolution)).toEqual(['HTTP answer', 'table audit']);
  // Why a snapshot was set aside the archive says too, signed and in clear (docs/format.md); the catalog's row of it went with the snapshot.
  expect(kindsWith(REASONS.exclusion)).toEqual(['HTTP answer', 'blob strongroom', 'table audit']);
  expect(kindsWith(GLOB)).toEqual(['HTTP answer', 'table plans', 'table runs']);
});

test('what may be there is found in every kind of place: the search is able to fail', () => {
  const [first] = runs;
  const kinds = new Set(kindsWith(first!));
  for (const kind of ['file host', 'HTTP answer', 'blob strongroom', 'table runs', 'table objects', 'table snapshots'])
    expect(kinds).toContain(kind);
  const hostLog = places.find(({ where }) => where === 'file host/host.log')!;
  expect(find([{ what: 'a run', value: first! }], [hostLog])).not.toEqual([]);
  // Histories of the durable engine are in the host's database.
  const histories = places.filter(({ where }) => where.startsWith('file host/') && where !== hostLog.where);
  expect(find([{ what: 'a run', value: first! }], histories)).not.toEqual([]);
  expect(kindsWith('alert.raised')).toContain('webhook message');
  expect(kindsWith(`${VAULT}.vault.azure.net/secrets/plain`)).toContain('request to');
  expect(kindsWith(VAULT)).toEqual(expect.arrayContaining(['table alerts', 'table audit', 'table plans']));
  expect(places.filter(({ where }) => where.startsWith('queue '))).not.toEqual([]);
  expect(places.filter(({ where }) => where.startsWith('file logs/'))).not.toEqual([]);
});

test('a value that is planted where a leak would be is found, in every form', () => {
  const kinds = ['file host/', 'file logs/', 'table runs', 'table alerts', 'table audit', 'blob ', 'HTTP', 'webhook'];
  for (const [index, kind] of kinds.entries()) {
    const { where, bytes } = places.find((place) => place.where.startsWith(kind))!;
    const canary = canaries[index % canaries.length]!;
    const value = Buffer.from(canary.value);
    const text = value.toString('base64url');
    const middle = Math.floor(bytes.length / 2);
    for (const planted of [value, Buffer.from(value.toString('hex')), Buffer.from(text)]) {
      const leaky = Buffer.concat([bytes.subarray(0, middle), planted, bytes.subarray(middle)]);
      expect(find([canary], [{ where, bytes: leaky }])).not.toEqual([]);
    }
  }
});
