import { randomBytes } from 'node:crypto';
import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { containerSource } from '../independent/container-source';
import { openSnapshot } from '../independent/open';
import { offlineOpener } from '../independent/openers';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, asPerson, type OfflinePair, offlinePair } from './archive-judge';
import { type Canary, filesBelow, find, storageOf } from './canary-scan';

// A vault whose plan asks for portable payloads beside native ones: what is stored opens, and no value lies anywhere but in sealed blobs.

const VAULT = 'contoso-prod';
const MANY = 700;
const canary = (what: string): string => `${what}-${randomBytes(18).toString('base64')}`;
const many = Array.from({ length: MANY }, (_, index) => ({ value: `${canary(`many-${index}`)}${'x'.repeat(3_000)}` }));
const SECRETS = [
  { name: 'plain', versions: [{ value: canary('old') }, { value: canary('plain'), tags: { team: 'payments' } }] },
  { name: 'unicode', versions: [{ value: `Kanarienvögel 🐤 カナリア "\\\n\t ${canary('odd')}` }] },
  { name: 'disabled', versions: [{ value: canary('early') }, { value: canary('disabled'), enabled: false }] },
  { name: 'many', versions: many },
];
const CERTIFICATES = [
  {
    name: 'rsa',
    versions: [
      { kty: 'RSA', size: 2048 },
      { kty: 'RSA', size: 2048 },
    ],
  },
  { name: 'ec-pem', versions: [{ kty: 'EC', crv: 'P-256', contentType: 'application/x-pem-file' }] },
  { name: 'closed', versions: [{ kty: 'EC', crv: 'P-256', exportable: false }] },
];

let app: AppOnStack;
let judge: ArchiveJudge;
let offline: OfflinePair;

beforeAll(async () => {
  offline = await offlinePair();
  app = await AppOnStack.start({
    [VAULT]: {
      secrets: SECRETS,
      certificates: CERTIFICATES,
      keys: [{ name: 'k', versions: [{ kty: 'EC', crv: 'P-256' }] }],
    },
  });
  judge = await ArchiveJudge.join(app.stack, offline);
  await allow([...SOURCE_ACTIONS, 'secrets/getSecret/action']);
  const both = ['native', 'portable'];
  const plan = {
    url: `https://${VAULT}.vault.azure.net`,
    subscriptionId: SUBSCRIPTION_ID,
    geography: GEOGRAPHY,
    payloads: { secret: both, certificate: both },
  };
  const { status } = await app.call('PUT', `/plans/${VAULT}`, { body: plan, headers: { 'if-none-match': '*' } });
  expect(status).toBe(201);
});
afterAll(() => app.stop());

async function allow(actions: string[]): Promise<void> {
  await app.stack.control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault: VAULT, actions });
}

/** What came of every object, in one line each. */
async function outcomes(runId: string): Promise<string[]> {
  const objects = (await app.objects(runId)).filter(({ outcome }) => outcome !== 'managed');
  return objects.map(({ kind, name, outcome, code, notes, payloads }) => {
    const kinds = [...new Set(payloads.map(({ payload }) => payload))].join('+');
    return [kind, name, outcome, code ?? '-', notes.join() || '-', kinds || '-'].join(' ');
  });
}

test('portable payloads are stored beside native ones, and open', async () => {
  const run = await app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'succeeded', counts: { failed: 0, managed: 2 * CERTIFICATES.length } });
  expect(await outcomes(run.id)).toEqual([
    'certificate closed stored - unexportable native+portable',
    'certificate ec-pem stored - - native+portable',
    'certificate rsa stored - - native+portable',
    'key k stored - - native',
    'secret disabled stored - unreadable_disabled native+portable',
    'secret many stored - too_many_versions portable',
    'secret plain stored - - native+portable',
    'secret unicode stored - - native+portable',
  ]);

  const [snapshot] = await judge.snapshots(VAULT);
  await judge.openAll(snapshot!);
  const source = containerSource(judge.container());
  const opened = await openSnapshot({ source, snapshot: snapshot!, opener: offlineOpener(offline.privateJwk) });
  for (const { name, versions } of SECRETS) {
    const object = opened.objects.find((one) => one.kind === 'secret' && one.name === name)!;
    if (name === 'many') expect(object.payloads.length).toBeGreaterThan(2);
    const found = (await opened.openPortable(object)).versions.map(({ value, missing }) => value ?? missing);
    const expected = versions.map((one) => ('enabled' in one ? 'unreadable_disabled' : one.value));
    // Versions of one second have no order among themselves.
    expect(found.sort()).toEqual(expected.sort());
  }
  for (const name of ['rsa', 'ec-pem']) {
    const object = opened.objects.find((one) => one.kind === 'certificate' && one.name === name)!;
    const { versions } = await opened.openPortable(object);
    const { body } = await asPerson(app.stack, { vault: VAULT, method: 'GET', path: `/secrets/${name}` });
    expect(versions.map(({ value }) => value)).toContain((body as { value: string }).value);
  }
});

test('without the right to read values there is a clear code, and the native payload', async () => {
  await allow(SOURCE_ACTIONS);
  const run = await app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'partial', counts: { byCode: { values_forbidden: 7 } } });
  const lines = await outcomes(run.id);
  expect(lines).toContain('secret plain failed values_forbidden - native');
  expect(lines).toContain('certificate rsa failed values_forbidden - native');
  expect(lines).toContain('secret many failed values_forbidden - -');
  const [snapshot] = await judge.snapshots(VAULT);
  expect(snapshot?.manifest.outcome).toBe('partial');
  await judge.openAll(snapshot!);
  await allow([...SOURCE_ACTIONS, 'secrets/getSecret/action']);
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
});

test('no value lies anywhere but in sealed blobs, also after faults', async () => {
  const faults = [
    { kind: 'torn', operation: 'secrets.get', next: 20 },
    { kind: 'status', status: 400, code: 'BadParameter', operation: 'secrets.get', object: 'unicode' },
  ];
  for (const fault of faults) await app.stack.control.post('/vault-service/faults', fault);
  expect((await app.backUp(VAULT)).counts.byCode).toEqual({ vault_refused: 1 });

  const canaries: Canary[] = SECRETS.flatMap(({ name, versions }) =>
    // Of a long history a few stand for all.
    versions.slice(-3).map(({ value }) => ({ what: `a value of ${name}`, value })),
  );
  for (const name of ['rsa', 'ec-pem']) {
    const { body } = await asPerson(app.stack, { vault: VAULT, method: 'GET', path: `/secrets/${name}` });
    const { value } = body as { value: string };
    canaries.push({ what: `the value of ${name}`, value });
    const key = /-----BEGIN PRIVATE KEY-----([^-]+)/.exec(value)?.[1];
    canaries.push({ what: `the bytes of ${name}`, value: Buffer.from(key ?? value, 'base64') });
  }
  const { data, connections } = app.stack.endpoints;
  const answers = app.heard.map((answer, index) => ({ where: `HTTP answer ${index}`, bytes: Buffer.from(answer) }));
  const places = [...filesBelow(data, ['vaults']), ...(await storageOf(connections.account)), ...answers];
  for (const kind of ['file host/', 'file logs/', 'blob strongroom-daily', 'table objects', 'HTTP'])
    expect(places.filter(({ where }) => where.startsWith(kind))).not.toEqual([]);
  expect(find(canaries, places)).toEqual([]);
});
