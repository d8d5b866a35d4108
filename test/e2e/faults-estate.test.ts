import { type RunView } from '../../src/contracts/api';
import { FaultScene } from './fault-scene';

// Runs that are cancelled, and an estate of which one vault fails (docs/faults.md).

const VAULT = 'contoso-01';
const VAULTS = Array.from({ length: 20 }, (_, index) => `contoso-${String(index + 1).padStart(2, '0')}`);

let scene: FaultScene;

beforeAll(async () => {
  const small = (seed: number): object => ({ generate: { secrets: 1, keys: 1, certificates: 1, seed } });
  scene = await FaultScene.open({
    ...Object.fromEntries(VAULTS.map((vault, index) => [vault, small(index)])),
    [VAULT]: { generate: { secrets: 10, keys: 4, certificates: 2, seed: 1 } },
  });
});
afterAll(() => scene.close());

test('one vault of twenty fails: nineteen good snapshots, a partial estate run, one alert', async () => {
  const bad = VAULTS[7]!;
  await scene.allow(bad, ['keys/read']);
  const { runId, runs } = await scene.app.start();
  await scene.app.waitFor(runId);
  expect(runs).toHaveLength(VAULTS.length);
  const estate = await scene.expectTold(runId, { status: 'partial' });
  expect(estate.code).toBeNull();
  for (const { vault, runId: id } of runs) {
    if (vault === bad) continue;
    const run = await scene.app.run(id);
    expect(run).toMatchObject({ status: 'succeeded', counts: { failed: 0 } });
    await scene.expectProved(run);
  }
  const failed = runs.find(({ vault }) => vault === bad)!.runId;
  await scene.expectTold(failed, {
    ...{ status: 'failed', code: 'vault_forbidden' },
    alerts: { backup_failed: 'vault_forbidden' },
  });
  expect(await scene.openAlerts()).toHaveLength(1);
  await scene.expectGoodAgain(bad);
  expect(await scene.openAlerts()).toEqual([]);
});

/** Comes back at a stage of the run, which goes on meanwhile. */
type Stage = () => Promise<{ estate: string; run: string }>;

/** A run that is slow at one kind of call alone, and has come there. */
async function slowAt(fault: Record<string, unknown>, isThere: (run: RunView) => boolean): ReturnType<Stage> {
  await scene.lay({ kind: '503', ...fault });
  const { runId, runs } = await scene.app.start({ vaults: [VAULT] });
  const run = runs[0]!.runId;
  await scene.app.waitFor(run, isThere);
  await struck(fault['service'] === undefined ? 'vault-service' : 'storage');
  return { estate: runId, run };
}

async function struck(part: string): Promise<void> {
  for (;;) {
    const { faults } = (await scene.app.stack.control.get(`/${part}/faults`)) as { faults: { hits: number }[] };
    if (faults.every(({ hits }) => hits > 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const running = ({ status }: RunView): boolean => status === 'running';
const STAGES: [string, Stage][] = [
  ['the proof that the key signs', () => slowAt({ operation: 'keys.sign' }, running)],
  ['the inventory', () => slowAt({ operation: 'secrets.list', vault: VAULT }, running)],
  ['the batches', () => scene.underWay(VAULT)],
  [
    'the upload of the index',
    () =>
      slowAt({ service: 'blob', operation: 'PutBlob', path: '*/index/*' }, ({ progress }) => progress.total !== null),
  ],
];

test.each(STAGES)(
  'a run that is cancelled during %s ends without a snapshot and without an alert',
  async (_, stage) => {
    const { estate, run } = await stage();
    expect((await scene.app.call('POST', `/runs/${run}/cancel`)).status).toBe(202);
    await scene.mend();
    await scene.hurry(run);
    await scene.app.waitFor(estate);
    await scene.expectTold(run, { status: 'cancelled', code: 'cancelled' });
    expect((await scene.judge.paths()).filter((path) => path.endsWith(`${run}/manifest.jws`))).toEqual([]);
    await scene.expectGoodAgain(VAULT);
  },
);

test('a run that is cancelled while it tries to get its manifest signed gives up at once', async () => {
  const { estate, run } = await scene.underWay(VAULT);
  await scene.lay({ kind: 'status', status: 403, code: 'Forbidden', operation: 'keys.sign' });
  await scene.app.stack.control.put('/vault-service/latency', { ms: 0 });
  await struck('vault-service');
  expect((await scene.app.call('POST', `/runs/${estate}/cancel`)).status).toBe(202);
  await scene.hurry(run);
  await scene.app.waitFor(estate);
  await scene.expectTold(run, { status: 'cancelled', code: 'cancelled' });
  await scene.expectGoodAgain(VAULT);
});

test('a run whose manifest is stored has done its work, whoever cancels it', async () => {
  const { estate, run } = await slowAt(
    { service: 'table', operation: 'InsertOrReplaceEntity', table: 'snapshots' },
    ({ progress }) => progress.total !== null,
  );
  expect((await scene.app.call('POST', `/runs/${run}/cancel`)).status).toBe(202);
  await scene.mend();
  await scene.hurry(run);
  await scene.app.waitFor(estate);
  const ended = await scene.expectTold(run, { status: 'succeeded' });
  await scene.expectProved(ended);
  await scene.expectGoodAgain(VAULT);
});
