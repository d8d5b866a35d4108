import { BlobServiceClient } from '@azure/storage-blob';
import {
  type DecisionList,
  type RunView,
  type SnapshotList,
  type SnapshotView,
  type StartedPrune,
} from '../../src/contracts/api';
import { type AlertList } from '../../src/contracts/alerts';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, offlinePair } from './archive-judge';

// Forty days of backups on the compiled app, whose containers are locked for thirty days; then pruning, judged by the independent verifier.

const VAULT = 'contoso-prod';
const DAY = 86_400_000;
const DAYS = 40;
/** How many of them are past their thirty days in the end. */
const GONE = 11;

let app: AppOnStack;
let judge: ArchiveJudge;
const made: string[] = [];

beforeAll(async () => {
  app = await AppOnStack.start({ [VAULT]: { generate: { secrets: 2, seed: 4 } } }, { modes: { timers: false } });
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
  for (let day = 1; day <= DAYS; day += 1) {
    made.push((await app.backUp(VAULT)).id);
    await app.stack.moveClock({ byMs: DAY });
  }
  await app.stack.moveClock({ byMs: DAY / 2 });
});
afterAll(() => app.stop());

async function prune(dryRun = false): Promise<RunView> {
  const { status, body } = await app.call<StartedPrune>('POST', '/prune', { body: { dryRun } });
  expect(status).toBe(202);
  return app.waitFor(body.runId);
}

const pathsOf = async (snapshot: string): Promise<string[]> =>
  (await judge.paths()).filter((path) => path.includes(`/${snapshot}/`));
const idsInArchive = async (): Promise<string[]> => (await judge.snapshots(VAULT)).map(({ id }) => id);
const catalog = async (): Promise<string[]> => {
  const { body } = await app.call<SnapshotList>('GET', `/snapshots?vault=${VAULT}&tier=daily&limit=200`);
  return body.snapshots.map(({ id }) => id);
};
const storageOf = (connection: string): BlobServiceClient => BlobServiceClient.fromConnectionString(connection);

test('a dry run says what would go and why, and changes nothing', async () => {
  const before = await judge.paths();
  const run = await prune(true);
  expect(run).toMatchObject({
    ...{ kind: 'prune', vault: null, tier: null, status: 'succeeded', code: null, warnings: [] },
    prune: { dryRun: true, counts: { dropped: GONE, kept: DAYS - GONE, retained: 0, orphans: 0, failed: 0 } },
  });
  const { body } = await app.call<DecisionList>('GET', `/runs/${run.id}/decisions?limit=200`);
  const told = body.decisions.map(({ vault, tier, subject, sequence, decision, reason }) => [
    ...[`${vault ?? ''} ${tier}`, subject, sequence, decision, reason],
  ]);
  expect(told).toEqual(
    made.map((id, index) => {
      const [decision, reason] =
        index < GONE ? ['drop', 'expired'] : ['keep', index === DAYS - 1 ? 'newest_good' : 'not_yet'];
      return [`${VAULT} daily`, id, index + 1, decision, reason];
    }),
  );
  const dropped = await app.call<DecisionList>('GET', `/runs/${run.id}/decisions?decision=drop&limit=4`);
  expect(dropped.body.decisions).toHaveLength(4);
  expect(dropped.body.continuation).not.toBeNull();
  expect(await judge.paths()).toEqual(before);
});

test('a prune drops what is past its time; chain, catalog and what is left stay whole', async () => {
  const run = await prune();
  expect(run).toMatchObject({
    status: 'succeeded',
    prune: { dryRun: false, counts: { dropped: GONE, kept: DAYS - GONE, retained: 0, failed: 0 } },
  });
  const left = await judge.snapshots(VAULT);
  expect(left.map(({ id }) => id)).toEqual(made.slice(GONE).reverse());
  expect(left.every(({ blobs }) => blobs === 'intact')).toBe(true);
  expect(await catalog()).toEqual(made.slice(GONE).reverse());
  for (const id of made.slice(0, GONE)) expect(await pathsOf(id)).toEqual([]);
  expect((await judge.openAll(left[0]!)).filter(({ outcome }) => outcome === 'stored')).toHaveLength(2);
  expect(
    (await judge.paths()).filter((path) => path.startsWith(`records/${VAULT}/`) && path.endsWith('-prune.jws')),
  ).toHaveLength(1);
});

test('a second prune on the same day finds nothing to do', async () => {
  const before = await judge.paths();
  expect((await prune()).prune?.counts).toMatchObject({ dropped: 0, kept: DAYS - GONE, orphans: 0, retained: 0 });
  expect(await judge.paths()).toEqual(before);
});

test('the next backup goes on with the numbers and the links', async () => {
  const run = await app.backUp(VAULT);
  made.push(run.id);
  expect((await app.snapshot(run.id)).sequence).toBe(DAYS + 1);
  expect((await idsInArchive())[0]).toBe(run.id);
});

test('what is under a legal hold is retained, and goes when the hold is over', async () => {
  const hold = { tags: ['court'] };
  await app.stack.control.post('/storage/containers/strongroom-daily/legal-hold', hold);
  await app.stack.moveClock({ byMs: 2 * DAY });
  expect((await prune()).prune?.counts).toMatchObject({ dropped: 0, retained: 2, failed: 0 });
  expect(await idsInArchive()).toEqual(made.slice(GONE).reverse());
  await app.stack.control.delete('/storage/containers/strongroom-daily/legal-hold', hold);
  expect((await prune()).prune?.counts).toMatchObject({ dropped: 2, retained: 0, failed: 0 });
  expect(await idsInArchive()).toEqual(made.slice(GONE + 2).reverse());
});

test('a snapshot that is set aside is kept and listed, is no longer good, and its record proves it', async () => {
  const newest = made.at(-1)!;
  const before = made.at(-2)!;
  const excluded = await app.call<SnapshotView>('POST', `/snapshots/${newest}/exclude`, {
    body: { reason: 'a bad night' },
  });
  expect(excluded).toMatchObject({
    status: 200,
    body: { id: newest, good: false, excluded: { reason: 'a bad night' } },
  });
  const kept = async (id: string): Promise<string | undefined> => {
    const run = await prune(true);
    const { body } = await app.call<DecisionList>('GET', `/runs/${run.id}/decisions?limit=200`);
    return body.decisions.find(({ subject }) => subject === id)?.reason;
  };
  expect(await kept(newest)).toBe('not_yet');
  expect(await kept(before)).toBe('newest_good');
  expect((await idsInArchive())[0]).toBe(newest);
  const records = (await judge.paths()).filter((path) => path.endsWith('-exclude.jws'));
  expect(records).toHaveLength(1);

  const included = await app.call<SnapshotView>('POST', `/snapshots/${newest}/include`, {
    body: { reason: 'it was good' },
  });
  expect(included).toMatchObject({ status: 200, body: { good: true, excluded: null } });
  expect(await kept(newest)).toBe('newest_good');
  const nobody = '20200101T020000Z-000000000000';
  expect(await app.call('POST', `/snapshots/${nobody}/exclude`, { body: { reason: 'x' } })).toMatchObject({
    status: 404,
  });
});

test('what nobody can attribute is told and left alone, and so is a damaged manifest', async () => {
  const account = storageOf(app.stack.endpoints.connections.account).getContainerClient('strongroom-daily');
  const put = (path: string): Promise<unknown> => account.getBlockBlobClient(path).upload('x', 1);
  const [victim] = made.slice(-1);
  const strange = ['notes.txt', 'kept/a.txt', `2026-01-01/${VAULT}/readme.md`, `records/${VAULT}/note.txt`];
  for (const path of strange) await put(path);
  const damaged = `2026-01-02/${VAULT}/20260102T020000Z-00000000000a/manifest.jws`;
  await put(damaged);
  await app.stack.moveClock({ byMs: 100 * DAY });
  const run = await prune();
  expect(run).toMatchObject({
    ...{ status: 'succeeded', warnings: ['manifest_damaged', 'archive_unattributed'] },
    prune: { counts: { kept: 1, unattributed: 4, damaged: 1, failed: 0 } },
  });
  expect(await judge.paths()).toEqual(expect.arrayContaining([...strange, damaged]));
  const told = await app.call<AlertList>('GET', '/alerts?open=true&kind=archive_damaged');
  expect(told.body.alerts.map(({ code, runId }) => [code, runId]).sort()).toEqual([
    ['archive_unattributed', run.id],
    ['manifest_damaged', run.id],
  ]);
  const { body } = await app.call<DecisionList>('GET', `/runs/${run.id}/decisions?reason=unattributed`);
  expect(body.decisions.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['notes.txt', 'kept/']));
  for (const path of [...strange, damaged]) {
    await app.stack.moveClock({ byMs: 31 * DAY });
    await account.getBlobClient(path).delete();
  }
  // Over once a prune has gone over all of it without complaint.
  await prune();
  expect((await app.call<AlertList>('GET', '/alerts?open=true&kind=archive_damaged')).body.alerts).toEqual([]);
  // Whatever its age, the newest good one stays.
  expect(await idsInArchive()).toEqual([victim]);
});

test('an operator may try it out, and only an administrator may delete', async () => {
  const operator = await app.as('Strongroom.Operator');
  expect((await operator.call('POST', '/prune', { body: {} })).status).toBe(403);
  expect((await operator.call('POST', '/prune', { body: { dryRun: true } })).status).toBe(202);
});
