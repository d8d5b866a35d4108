import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Problem, type RunList, type RunView } from '../../src/contracts/api';
import { APP_PRINCIPAL, KEY_NAMES, KEY_VAULT, SOURCE_ACTIONS } from '../../local/stack/estate';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, asPerson, offlinePair } from './archive-judge';

const VAULT = 'contoso-prod';
const OBJECTS = 20;

let folder: string;
let app: AppOnStack;
let judge: ArchiveJudge;

beforeAll(async () => {
  // One activity at a time, so that there is a time between the first batch and the last.
  folder = mkdtempSync(join(tmpdir(), 'strongroom-faults-'));
  const host = JSON.parse(readFileSync(join(__dirname, '..', '..', 'host.json'), 'utf8')) as {
    extensions: { durableTask: object };
  };
  Object.assign(host.extensions.durableTask, { maxConcurrentActivityFunctions: 1 });
  const hostJson = join(folder, 'host.json');
  writeFileSync(hostJson, JSON.stringify(host));
  app = await AppOnStack.start(
    { [VAULT]: { generate: { secrets: 16, keys: 4, versions: 2, seed: 4 } } },
    { hostJson, settings: { BATCH_SIZE: '5', PAGE_SIZE: '10' } },
  );
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
});
afterEach(async () => {
  await app.stack.control.delete('/vault-service/faults');
  await app.stack.control.delete('/storage/faults');
  await distance(0);
  await allow(SOURCE_ACTIONS);
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

/** Every answer of the vault takes so long. */
async function distance(ms: number): Promise<void> {
  await app.stack.control.put('/vault-service/latency', { vault: VAULT, ms });
}

async function allow(actions: string[], vault = VAULT): Promise<void> {
  await app.stack.control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault, actions });
}

async function restart(settings: Record<string, string | undefined>): Promise<void> {
  await app.stack.stopHost();
  await app.stack.startHost(settings);
}

/** Starts a backup and comes back when its first batch is done, with those after it to come. */
async function underWay(): Promise<{ estate: string; run: string }> {
  await distance(60);
  const { runId, runs } = await app.start({ vaults: [VAULT] });
  const run = runs[0]?.runId ?? '';
  const { endedAt } = await app.waitFor(run, ({ progress }) => progress.done >= 5);
  expect(endedAt).toBeNull();
  return { estate: runId, run };
}

/** The newest snapshot, proved by somebody else, is this run's, and follows the one before. */
async function expectSnapshot(run: RunView, outcome: 'complete' | 'partial'): Promise<void> {
  const [newest, before] = await judge.snapshots(VAULT, { blobsOf: run.id });
  expect(newest).toMatchObject({
    id: run.snapshot,
    manifest: { outcome, sequence: (before?.manifest.sequence ?? 0) + 1 },
  });
  const index = await judge.openAll(newest!);
  const rows = await app.objects(run.id);
  const told = rows.map(({ kind, name, outcome: became, code }) => ({ kind, name, outcome: became, code }));
  expect(index.map(({ kind, name, outcome: became, code = null }) => ({ kind, name, outcome: became, code }))).toEqual(
    told,
  );
}

async function expectComplete(run: RunView, objects = OBJECTS): Promise<void> {
  expect(run).toMatchObject({ status: 'succeeded', code: null, counts: { objects, stored: objects, failed: 0 } });
  await expectSnapshot(run, 'complete');
}

/** The run fails for that reason, has no snapshot, and asked the vault for nothing. */
async function expectRefusedBeforeReading(code: string): Promise<void> {
  await app.stack.control.delete('/vault-service/requests');
  const run = await app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'failed', code, snapshot: null, progress: { done: 0, total: 0 } });
  const { requests } = (await app.stack.control.get('/vault-service/requests')) as { requests: { vault: string }[] };
  expect(requests.filter(({ vault }) => vault === VAULT)).toEqual([]);
  expect((await judge.paths()).filter((path) => path.includes(run.id))).toEqual([]);
}

interface Laid {
  next: number;
  hits: number;
}

async function expectAllStruck(part: 'vault-service' | 'storage'): Promise<void> {
  const { faults } = (await app.stack.control.get(`/${part}/faults`)) as { faults: Laid[] };
  expect(faults.map(({ hits }) => hits)).toEqual(faults.map(({ next }) => next));
}

test('throttling, server errors and torn answers at every step: every object is stored, once', async () => {
  for (const [kind, operation, next] of [
    ['500', 'keys.list', 1],
    ['torn', 'secrets.list', 1],
    ['503', 'secrets.versions', 2],
    ['throttle', 'secrets.backup', 3],
    ['torn', 'secrets.backup', 2],
    ['torn', 'keys.backup', 1],
    ['throttle', 'keys.sign', 1],
    ['torn', 'keys.sign', 1],
  ] as const)
    await app.stack.control.post('/vault-service/faults', { kind, operation, next });
  for (const [kind, operation, path, next] of [
    ['torn', 'PutBlob', '*/keys/*', 1],
    ['503', 'PutBlob', '*/items/*', 2],
    ['torn', 'PutBlob', '*/items/*', 2],
    ['torn', 'GetBlob', '*/items/*', 2],
    ['throttle', 'GetBlob', '*/index/*', 1],
    ['torn', 'PutBlob', '*/manifest.jws', 1],
    ['500', 'GetBlob', '*/manifest.jws', 1],
  ] as const)
    await app.stack.control.post('/storage/faults', { service: 'blob', kind, operation, path, next });
  for (const [kind, operation, next] of [
    ['torn', 'Batch', 2],
    ['503', 'Batch', 2],
    ['torn', 'InsertEntity', 2],
    ['torn', 'UpdateEntity', 3],
    ['500', 'UpdateEntity', 1],
    ['torn', 'InsertOrReplaceEntity', 1],
    ['torn', 'QueryEntities', 2],
  ] as const)
    await app.stack.control.post('/storage/faults', { service: 'table', kind, operation, next });
  await expectComplete(await app.backUp(VAULT));
  await expectAllStruck('vault-service');
  await expectAllStruck('storage');
});

test('a share of everything goes wrong all the time', async () => {
  for (const kind of ['throttle', '503', 'torn'] as const) {
    await app.stack.control.post('/vault-service/faults', { kind, share: 0.05, seed: 7 });
    for (const service of ['blob', 'table'])
      await app.stack.control.post('/storage/faults', { service, kind, share: 0.05, seed: 7 });
  }
  const { runId, runs } = await app.start();
  expect((await app.waitFor(runId)).status).toBe('succeeded');
  await app.stack.control.delete('/storage/faults');
  await expectComplete(await app.run(runs[0]!.runId));
});

test('objects deleted after the inventory are absent, and the snapshot is complete', async () => {
  const { estate, run } = await underWay();
  const names = (await app.objects(run)).filter(({ kind }) => kind === 'secret').map(({ name }) => name);
  const gone = names.slice(-2);
  for (const name of gone) {
    const deleted = await asPerson(app.stack, { vault: VAULT, method: 'DELETE', path: `/secrets/${name}` });
    expect(deleted.status).toBe(200);
  }
  await app.waitFor(estate);
  const ended = await app.run(run);
  expect(ended).toMatchObject({
    status: 'succeeded',
    counts: { objects: OBJECTS, stored: OBJECTS - 2, absent: 2, failed: 0, byCode: { source_not_found: 2 } },
  });
  const absent = (await app.objects(run)).filter(({ outcome }) => outcome === 'absent');
  expect(absent.map(({ name, code }) => [name, code])).toEqual(gone.map((name) => [name, 'source_not_found']));
  await expectSnapshot(ended, 'complete');
  for (const name of gone) {
    const path = `/deletedsecrets/${name}/recover`;
    expect((await asPerson(app.stack, { vault: VAULT, method: 'POST', path })).status).toBe(200);
  }
});

test('a right that is taken away midway makes the snapshot partial, and no further run', async () => {
  const { estate, run } = await underWay();
  await allow(SOURCE_ACTIONS.filter((action) => action !== 'secrets/backup/action'));
  const status = (await app.waitFor(estate)).status;
  const ended = await app.run(run);
  expect([status, ended.status, ended.code]).toEqual(['partial', 'partial', null]);
  const { stored, failed, byCode } = ended.counts;
  expect(stored + failed).toBe(OBJECTS);
  expect([stored >= 5, failed > 0, byCode]).toEqual([true, true, { vault_forbidden: failed }]);
  await expectSnapshot(ended, 'partial');

  await allow(SOURCE_ACTIONS);
  await distance(0);
  await expectComplete(await app.backUp(VAULT));
});

test('without a usable recipient, no vault is read; with one that is left, the run carries a warning', async () => {
  const path = `/keys/${KEY_NAMES.encryption}`;
  const { body } = await asPerson(app.stack, { vault: KEY_VAULT, method: 'GET', path });
  const version = new URL((body as { key: { kid: string } }).key.kid).pathname;
  const enable = (enabled: boolean) =>
    asPerson(app.stack, { vault: KEY_VAULT, method: 'PATCH', path: version, body: { attributes: { enabled } } });
  expect((await enable(false)).status).toBe(200);
  await app.stack.moveClock({ byMs: 6 * 60_000 }); // what was read of a key is remembered for five minutes

  const warned = await app.backUp(VAULT);
  expect(warned.warnings).toEqual(['recipient_unusable']);
  await expectComplete(warned);

  const { RECIPIENTS } = app.stack.settings;
  const [kek] = JSON.parse(RECIPIENTS ?? '') as object[];
  await restart({ RECIPIENTS: JSON.stringify([kek]) });
  await expectRefusedBeforeReading('no_usable_recipient');
  expect((await enable(true)).status).toBe(200);
  await restart({ RECIPIENTS });
  await expectComplete(await app.backUp(VAULT));
});

test('without the right to sign, no vault is read', async () => {
  await allow(['keys/read'], KEY_VAULT);
  await expectRefusedBeforeReading('signing_refused');
  await allow(['keys/read', 'keys/sign/action'], KEY_VAULT);
});

test('without its container, no vault is read', async () => {
  const { DAILY_CONTAINER } = app.stack.settings;
  await restart({ DAILY_CONTAINER: 'strongroom-elsewhere' });
  await expectRefusedBeforeReading('archive_container_missing');
  await restart({ DAILY_CONTAINER });
});

test('a scheduled run that meets a manual one waits and follows; however often its timer fires, there is one', async () => {
  const { api, functionKey } = app.stack.endpoints;
  const headers = { 'x-functions-key': functionKey, 'content-type': 'application/json' };
  const fire = async (): Promise<void> => {
    const answer = await fetch(`${api}/admin/functions/dailyBackup`, { method: 'POST', headers, body: '{"input":""}' });
    expect(answer.status).toBe(202);
  };
  const scheduled = async (): Promise<RunView[]> => {
    const { body } = await app.call<RunList>('GET', `/runs?vault=${VAULT}&limit=200`);
    return body.runs.filter(({ trigger }) => trigger === 'schedule');
  };
  const manual = await underWay();
  await Promise.all([fire(), fire()]);
  let found = await scheduled();
  while (found.length === 0) found = await scheduled();
  const waiting = await app.waitFor(found[0]!.id, ({ status }) => status === 'waiting');
  expect(waiting.code).toBe('run_in_progress');
  await fire();
  await app.waitFor(manual.estate);
  await expectComplete(await app.run(manual.run));
  await distance(0);
  await app.stack.moveClock({ byMs: 60_000 }); // it looks again after a pause
  await app.waitFor(waiting.estateRun!);
  await fire();
  const ended = await app.run(waiting.id);
  await expectComplete(ended);
  expect((await app.snapshot(ended.id)).previous?.snapshot).toBe(manual.run);
  expect((await scheduled()).map(({ id }) => id)).toEqual([waiting.id]);

  // The scheduled run is named by its occurrence, hours before the manual one; the chain goes on behind it all the same.
  expect(ended.id < manual.run).toBe(true);
  const next = await app.backUp(VAULT);
  await expectComplete(next);
  expect((await app.snapshot(next.id)).previous?.snapshot).toBe(ended.id);
});

test('a run that is cancelled midway leaves no snapshot, and the next one is not in its way', async () => {
  const { estate, run } = await underWay();
  expect((await app.call('POST', `/runs/${run}/cancel`)).status).toBe(202);
  expect((await app.waitFor(estate)).status).toBe('cancelled');
  expect(await app.run(run)).toMatchObject({ status: 'cancelled', code: 'cancelled', snapshot: null });
  expect((await judge.paths()).filter((path) => path.endsWith(`${run}/manifest.jws`))).toEqual([]);
  expect((await app.call('POST', `/runs/${run}/cancel`)).status).toBe(409);
  await distance(0);
  await expectComplete(await app.backUp(VAULT));
});

test('when the task hub is lost, its runs are abandoned, and the next one is good', async () => {
  const { estate, run } = await underWay();
  await app.stack.killHost();
  rmSync(join(app.stack.endpoints.data, 'host'), { recursive: true });
  await distance(0);
  await app.stack.startHost();
  const refused = await app.call<Problem>('POST', '/backups', { body: { vaults: [VAULT] } });
  expect([refused.status, refused.body.code, refused.body.runId]).toEqual([409, 'run_in_progress', run]);

  await app.stack.moveClock({ byMs: 11 * 60_000 });
  await expectComplete(await app.backUp(VAULT));
  for (const id of [estate, run]) {
    expect(await app.run(id)).toMatchObject({ status: 'failed', code: 'run_abandoned', snapshot: null });
  }
});
