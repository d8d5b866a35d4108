import { APP_PRINCIPAL, KEY_NAMES, KEY_VAULT } from '../../local/stack/estate';
import { asPerson } from './archive-judge';
import { FaultScene } from './fault-scene';

// What befalls the keys that seal and sign, before a run and while it is under way (docs/faults.md). An offline recipient is there beside the KEK.

const VAULT = 'contoso-prod';
/** What was read of a key is remembered for five minutes. */
const FORGOTTEN_MS = 6 * 60_000;

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.open({ [VAULT]: { generate: { secrets: 14, keys: 4, certificates: 2, seed: 4 } } });
  await scene.expectGoodAgain(VAULT);
});
afterAll(() => scene.close());

async function onKey(key: string, method: string, tail = '', body?: object): Promise<unknown> {
  const path = `/${tail === '/recover' ? 'deletedkeys' : 'keys'}/${key}${tail}`;
  const answer = await asPerson(scene.app.stack, { vault: KEY_VAULT, method, path, ...(body && { body }) });
  expect(answer.status).toBe(200);
  return answer.body;
}

async function enable(key: string, enabled: boolean): Promise<void> {
  const { key: jwk } = (await onKey(key, 'GET')) as { key: { kid: string } };
  const version = new URL(jwk.kid).pathname.split('/').at(-1) ?? '';
  await onKey(key, 'PATCH', `/${version}`, { attributes: { enabled } });
}

async function allowKeys(...actions: string[]): Promise<void> {
  await scene.app.stack.control.put('/vault-service/roles', {
    ...{ principal: APP_PRINCIPAL.oid, vault: KEY_VAULT },
    actions,
  });
}

const forget = (): Promise<void> => scene.app.stack.moveClock({ byMs: FORGOTTEN_MS });

/** How often the app has asked for a signature in vain. */
async function refusals(): Promise<number> {
  const { counters } = (await scene.app.stack.control.get('/vault-service/requests')) as {
    counters: Record<string, { byStatus: Record<string, number> } | undefined>;
  };
  return counters['keys.sign']?.byStatus['403'] ?? 0;
}

const KEK_TROUBLE: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
  ['disabled', () => enable(KEY_NAMES.encryption, false), () => enable(KEY_NAMES.encryption, true)],
  ['deleted', () => onKey(KEY_NAMES.encryption, 'DELETE'), () => onKey(KEY_NAMES.encryption, 'POST', '/recover')],
];

test.each(KEK_TROUBLE)(
  'a KEK that is %s midway: that run is sealed to it, the next one warns',
  async (_, strike, repair) => {
    const { run, estate } = await scene.underWay(VAULT);
    await strike();
    await scene.app.waitFor(estate);
    const ended = await scene.expectTold(run, { status: 'succeeded' });
    await scene.mend();
    await scene.expectProved(ended);
    await forget();

    const next = await scene.app.backUp(VAULT);
    await scene.expectTold(next.id, {
      ...{ status: 'succeeded', warnings: ['recipient_unusable'] },
      alerts: { recipient_trouble: 'recipient_unusable' },
    });
    await scene.expectProved(next);
    await repair();
    await forget();
    await scene.expectGoodAgain(VAULT);
  },
);

test('signing refused between the beginning and the end, and allowed again within the hour: the run is good', async () => {
  const { run } = await scene.underWay(VAULT);
  await allowKeys('keys/read');
  const before = await refusals();
  await scene.mend();
  while ((await refusals()) <= before) await scene.app.waitFor(run, ({ endedAt }) => endedAt === null);
  await allowKeys('keys/read', 'keys/sign/action');
  const ended = await scene.hurry(run);
  await scene.expectTold(run, { status: 'succeeded' });
  await scene.expectProved(ended);
  await scene.expectGoodAgain(VAULT);
});

test.each<[string, 'signing_refused' | 'signing_key_unusable', () => Promise<unknown>, () => Promise<unknown>]>([
  ['refused', 'signing_refused', () => allowKeys('keys/read'), () => allowKeys('keys/read', 'keys/sign/action')],
  [
    'impossible for a disabled key',
    'signing_refused',
    () => enable(KEY_NAMES.signing, false),
    () => enable(KEY_NAMES.signing, true),
  ],
])('signing %s for more than an hour: no snapshot, told, and good again', async (_, code, strike, repair) => {
  const { run } = await scene.underWay(VAULT);
  await strike();
  await scene.hurry(run);
  await scene.expectTold(run, {
    ...{ status: 'failed', code },
    alerts: { backup_failed: code, signing_key_trouble: code },
  });
  expect((await scene.judge.paths()).filter((path) => path.endsWith(`${run}/manifest.jws`))).toEqual([]);
  await repair();
  await forget();
  await scene.expectGoodAgain(VAULT);
});

test('a signing key that is deleted before a run: no vault is read', async () => {
  await onKey(KEY_NAMES.signing, 'DELETE');
  await forget();
  await scene.app.stack.control.delete('/vault-service/requests');
  const run = await scene.app.backUp(VAULT);
  await scene.expectTold(run.id, {
    ...{ status: 'failed', code: 'signing_key_unusable' },
    alerts: { backup_failed: 'signing_key_unusable', signing_key_trouble: 'signing_key_unusable' },
  });
  const { requests } = (await scene.app.stack.control.get('/vault-service/requests')) as {
    requests: { vault: string }[];
  };
  expect(requests.filter(({ vault }) => vault === VAULT)).toEqual([]);
  await onKey(KEY_NAMES.signing, 'POST', '/recover');
  await forget();
  await scene.expectGoodAgain(VAULT);
});
