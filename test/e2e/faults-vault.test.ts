import { GEOGRAPHY, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { asPerson } from './archive-judge';
import { FaultScene } from './fault-scene';

// What befalls a vault while it is backed up, certificates and values included (docs/faults.md).

const VAULT = 'contoso-prod';
const SEED = 20_261_122;
const CONTENT = { generate: { secrets: 14, keys: 4, certificates: 2, versions: 2, seed: 4 } };

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.open({ [VAULT]: CONTENT });
  await scene.expectGoodAgain(VAULT);
});
afterAll(() => scene.close());

async function hits(): Promise<number[]> {
  const { faults } = (await scene.app.stack.control.get('/vault-service/faults')) as { faults: { hits: number }[] };
  return faults.map((fault) => fault.hits);
}

/** A secret of the vault as a person changes it. */
async function change(method: string, name: string, body?: object): Promise<number> {
  return (await asPerson(scene.app.stack, { vault: VAULT, method, path: `/secrets/${name}`, ...(body && { body }) }))
    .status;
}

test('three calls of ten are throttled, all the time: every object is stored', async () => {
  await scene.lay({ kind: 'throttle', vault: VAULT, share: 0.3, seed: SEED });
  const run = await scene.app.backUp(VAULT);
  expect((await hits())[0]).toBeGreaterThan(20);
  await scene.expectTold(run.id, { status: 'succeeded' });
  await scene.mend();
  await scene.expectProved(run);
  await scene.expectGoodAgain(VAULT);
});

test('one call in ten fails or is torn, and the vault is far away: every object is stored', async () => {
  await scene.app.stack.control.put('/vault-service/latency', { ms: 150 });
  for (const kind of ['503', 'torn']) {
    await scene.lay({ kind, vault: VAULT, share: 0.05, seed: SEED });
    await scene.lay({ kind, service: 'blob', share: 0.05, seed: SEED });
    await scene.lay({ kind, service: 'table', share: 0.05, seed: SEED });
  }
  const { runId, runs } = await scene.app.start({ vaults: [VAULT] });
  await scene.app.waitFor(runId);
  expect(Math.min(...(await hits()))).toBeGreaterThan(0);
  await scene.mend();
  const run = await scene.expectTold(runs[0]!.runId, { status: 'succeeded' });
  await scene.expectProved(run);
  await scene.expectGoodAgain(VAULT);
});

test('a vault that is deleted midway fails its run; brought back, it is backed up again', async () => {
  const { run } = await scene.underWay(VAULT);
  const { control } = scene.app.stack;
  await control.delete(`/vault-service/vaults/${VAULT}`);
  await scene.hurry(run);
  await scene.expectTold(run, {
    ...{ status: 'failed', code: 'vault_unreachable' },
    alerts: { backup_failed: 'vault_unreachable' },
  });
  await control.put(`/vault-service/vaults/${VAULT}`, { subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY });
  await control.post(`/vault-service/vaults/${VAULT}/seed`, CONTENT);
  await scene.expectGoodAgain(VAULT);
});

test.each([
  ['the right to back up certificates', 'certificates/backup/action', 'vault_forbidden'],
  ['the right to read values', 'secrets/getSecret/action', 'values_forbidden'],
] as const)('without %s from the start, those objects fail with a code', async (_, action, code) => {
  await scene.allowAllBut(VAULT, action);
  const run = await scene.app.backUp(VAULT);
  await scene.expectTold(run.id, { status: 'partial', alerts: { backup_partial: null } });
  expect(run.counts.byCode).toEqual({ [code]: run.counts.failed });
  await scene.expectProved(run);
  await scene.expectGoodAgain(VAULT);
});

test('the right to read values that is taken away midway: what came before is whole, the rest is native', async () => {
  const { run, estate } = await scene.underWay(VAULT);
  await scene.allowAllBut(VAULT, 'secrets/getSecret/action');
  await scene.app.waitFor(estate);
  const ended = await scene.expectTold(run, { status: 'partial', alerts: { backup_partial: null } });
  expect(ended.counts.byCode).toEqual({ values_forbidden: ended.counts.failed });
  const failed = (await scene.app.objects(run)).filter(({ outcome }) => outcome === 'failed');
  expect(failed.length).toBeGreaterThan(0);
  for (const { payloads } of failed) expect(payloads.map(({ payload }) => payload)).toEqual(['native']);
  await scene.mend();
  await scene.expectProved(ended);
  await scene.expectGoodAgain(VAULT);
});

test('a vault that may be read but not written, as in a failover, is backed up', async () => {
  for (const operation of ['set', 'update', 'delete', 'restore'].map((verb) => `secrets.${verb}`))
    await scene.lay({ kind: 'status', status: 403, code: 'Forbidden', vault: VAULT, operation });
  for (const verb of ['create', 'import', 'update', 'delete', 'restore', 'rotate'])
    for (const kind of ['keys', 'certificates'])
      await scene.lay({ kind: 'status', status: 403, code: 'Forbidden', vault: VAULT, operation: `${kind}.${verb}` });
  expect(await change('PUT', 'refused', { value: 'x' })).toBe(403);
  const before = await hits();
  const run = await scene.app.backUp(VAULT);
  expect(await hits()).toEqual(before);
  await scene.expectTold(run.id, { status: 'succeeded' });
  await scene.expectProved(run);
  await scene.expectGoodAgain(VAULT);
});

test('what is added meanwhile is in the next snapshot; what is changed meanwhile is in this one as it was then', async () => {
  const { run, estate } = await scene.underWay(VAULT);
  const last = (await scene.app.objects(run))
    .filter(({ kind, outcome }) => kind === 'secret' && outcome !== 'managed')
    .at(-1)!;
  expect(await change('PUT', 'added', { value: 'new' })).toBe(200);
  expect(await change('PUT', last.name, { value: 'changed' })).toBe(200);
  await scene.app.waitFor(estate);
  const ended = await scene.expectTold(run, { status: 'succeeded' });
  const rows = await scene.app.objects(run);
  expect(rows.map(({ name }) => name)).not.toContain('added');
  expect(rows.find(({ kind, name }) => kind === 'secret' && name === last.name)).toMatchObject({
    outcome: 'stored',
    versions: 3,
  });
  await scene.mend();
  await scene.expectProved(ended);
  const next = await scene.expectGoodAgain(VAULT);
  expect((await scene.app.objects(next.id)).find(({ name }) => name === 'added')?.outcome).toBe('stored');
});
