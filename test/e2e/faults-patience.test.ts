import { type RunView } from '../../src/contracts/api';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, offlinePair } from './archive-judge';

// What takes long by its nature, side by side in one run of an estate: connections that stay silent, a vault that answers nothing for minutes,
// and a vault that is gone.

const OBJECTS = 12;

let app: AppOnStack;

beforeAll(async () => {
  const vault = (seed: number): object => ({ generate: { secrets: OBJECTS - 2, keys: 2, seed } });
  app = await AppOnStack.start(
    {
      'contoso-silent': { ...vault(1) },
      'contoso-mute': { ...vault(3) },
      'contoso-gone': {},
      'contoso-well': { ...vault(2) },
    },
    { settings: { BATCH_SIZE: '5' } },
  );
});
afterAll(() => app.stop());

test('silent connections are given up and tried again; a vault that is gone fails its own run and no other', async () => {
  const { control } = app.stack;
  const judge = await ArchiveJudge.join(app.stack, await offlinePair());
  await control.delete('/vault-service/vaults/contoso-gone');
  const silent = { kind: 'timeout', next: 1 };
  await control.post('/vault-service/faults', { ...silent, vault: 'contoso-silent', operation: 'secrets.backup' });
  // As many as an activity bears: the next one, after a pause, gets an answer.
  await control.post('/vault-service/faults', {
    ...{ kind: 'timeout', next: 2 },
    ...{ vault: 'contoso-mute', operation: 'secrets.list' },
  });
  const items = '*/contoso-silent/*/items/*';
  await control.post('/storage/faults', { ...silent, service: 'blob', operation: 'PutBlob', path: items });
  const { runId, runs } = await app.start();
  await control.post('/storage/faults', { ...silent, service: 'table', operation: 'Batch' });

  const runOf = (vault: string): Promise<RunView> => app.run(runs.find((run) => run.vault === vault)!.runId);
  // The pauses between the tries of an activity are durable timers, which the clock may cut short.
  for (let run = await app.run(runId); run.endedAt === null; run = await app.run(runId)) {
    await app.stack.moveClock({ byMs: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  const estate = await app.waitFor(runId);
  expect(estate).toMatchObject({ status: 'partial', counts: { objects: 3 * OBJECTS, stored: 3 * OBJECTS } });
  expect(await runOf('contoso-gone')).toMatchObject({ status: 'failed', code: 'vault_unreachable', snapshot: null });
  for (const vault of ['contoso-silent', 'contoso-mute', 'contoso-well']) {
    const run = await runOf(vault);
    expect(run).toMatchObject({ status: 'succeeded', counts: { objects: OBJECTS, stored: OBJECTS, failed: 0 } });
    const [snapshot, ...others] = await judge.snapshots(vault);
    expect([snapshot?.id, others]).toEqual([run.id, []]);
    expect(await judge.openAll(snapshot!)).toHaveLength(OBJECTS);
  }
  for (const part of ['vault-service', 'storage']) {
    const { faults } = (await control.get(`/${part}/faults`)) as { faults: { hits: number; next: number }[] };
    expect(faults.map(({ hits }) => hits)).toEqual(faults.map(({ next }) => next));
  }
});
