import { randomInt } from 'node:crypto';
import { type RunList } from '../../src/contracts/api';
import { type KillPoint } from '../../local/stack/host-killer';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, offlinePair } from './archive-judge';
import { type Journey, KillJourneys } from './kill-journey';
import { randomFrom } from './seeded';

// The host holds the app; both are killed by SIGKILL at a named step, before the work of a request is done or after it and
// before its answer arrives, and started again. One archive and one ledger live through all of it, so that each test is
// also the run that follows those before it.

const VAULT = 'contoso-prod';
const SECRETS = 24;
const KEYS = 6;

let app: AppOnStack;
let judge: ArchiveJudge;
let journeys: KillJourneys;

beforeAll(async () => {
  app = await AppOnStack.start(
    { [VAULT]: { generate: { secrets: SECRETS, keys: KEYS, versions: 2, seed: 9 } } },
    { settings: { BATCH_SIZE: '5', PAGE_SIZE: '10' }, modes: { strict: true } },
  );
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
  journeys = new KillJourneys(app, judge);
});
afterAll(() => app.stop());

/** The snapshot is whole, the next in its chain and the only one of its run; the records say so; nothing promised is lost. */
async function expectWhole({ run, promised }: Journey): Promise<void> {
  const objects = SECRETS + KEYS;
  expect(run).toMatchObject({
    ...{ status: 'succeeded', code: null, warnings: [], snapshot: run.id },
    ...{ progress: { done: objects, total: objects }, counts: { objects, stored: objects, failed: 0, absent: 0 } },
  });
  const rows = await app.objects(run.id);
  expect(rows.filter(({ outcome }) => outcome === 'stored')).toHaveLength(objects);
  expect(new Set(rows.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(objects);

  const snapshots = await judge.snapshots(VAULT, { blobsOf: run.id });
  const newest = snapshots[0]!;
  const sequence = (snapshots[1]?.manifest.sequence ?? 0) + 1;
  expect(snapshots).toHaveLength(sequence);
  expect([newest.id, newest.manifest.sequence, newest.manifest.outcome]).toEqual([run.id, sequence, 'complete']);
  const index = await judge.openAll(newest);
  const named = index.map(({ kind, name, payloads }) => `${kind} ${name} ${payloads[0]?.blob ?? ''}`);
  expect(named.sort()).toEqual(rows.map(({ kind, name, blob }) => `${kind} ${name} ${blob}`).sort());
  const { digest } = newest;
  expect(await app.snapshot(run.id)).toMatchObject({
    sequence,
    digest,
    outcome: 'complete',
    blobs: newest.manifest.blobs.length,
  });

  const now = await journeys.promises();
  for (const { paths, outcomes } of promised) {
    expect(now.paths).toEqual(expect.arrayContaining(paths));
    for (const [row, outcome] of outcomes) expect(now.outcomes.get(row)).toBe(outcome);
  }
}

type Step = Omit<KillPoint, 'phase'>;
const vault = (operation: string, nth = 1): Step => ({ at: 'vault-service', operation, nth });
const blob = (operation: string, path: string, nth = 1): Step => ({
  at: 'storage',
  service: 'blob',
  operation,
  path,
  nth,
});
const table = (operation: string, nth: number, name?: string): Step => ({
  ...{ at: 'storage', service: 'table', operation, nth },
  ...(name !== undefined && { table: name }),
});

test('a run without kills', async () => {
  await expectWhole(await journeys.backUp(VAULT, []));
});

/** Before the work of a step is done; and when the next execution comes by, after it. */
const around = (step: Step): KillPoint[] => [
  { ...step, phase: 'before' },
  { ...step, nth: 1, phase: 'after' },
];

// Table transactions name no table in their line, so they are told by their number, counted from the last kill.
test.each<[string, Step[]]>([
  [
    'the first steps of the run, and its claim',
    [table('UpdateEntity', 1, 'runs'), table('Batch', 1), table('UpdateEntity', 1, 'runs')],
  ],
  [
    'the proof that the key signs, and the listings of keys and secrets',
    [vault('keys.sign'), vault('keys.list'), vault('secrets.list')],
  ],
  ['the inventory and its record', [table('Batch', 3), table('UpdateEntity', 1, 'runs')]],
  [
    'a listing of versions, and the backups of a secret and of a key',
    [vault('secrets.versions', 4), vault('secrets.backup', 8), vault('keys.backup')],
  ],
  [
    'the uploads of a data key and of an item, and the read-back of an item',
    [blob('PutBlob', '*/keys/*'), blob('PutBlob', '*/items/*', 9), blob('GetBlob', '*/items/*', 5)],
  ],
  ['the outcomes of a batch', [table('Batch', 5)]],
  ['the upload of the index, and the signature of the manifest', [blob('PutBlob', '*/index/*'), vault('keys.sign')]],
  ['the upload of the manifest', [blob('PutBlob', '*/manifest.jws')]],
  ['the read-back of the manifest', [blob('GetBlob', '*/manifest.jws', 3)]],
  [
    'the catalog, and the record that the snapshot is stored',
    [
      table('InsertEntity', 1, 'snapshots'),
      table('InsertOrReplaceEntity', 1, 'snapshots'),
      table('UpdateEntity', 1, 'runs'),
    ],
  ],
  [
    'the end of the run, the release of its claim, and the end of the estate run',
    [table('UpdateEntity', 5, 'runs'), table('Batch', 1), table('UpdateEntity', 1, 'runs')],
  ],
])('killed before and after %s', async (_, steps) => {
  const points = steps.flatMap(around);
  const journey = await journeys.backUp(VAULT, points);
  expect(journey.promised).toHaveLength(points.length);
  await expectWhole(journey);
});

const SEED = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));

test(`killed at random points, several times in a run (KILL_SEED=${SEED} repeats them)`, async () => {
  const random = randomFrom(SEED);
  for (let round = 0; round < 2; round += 1) {
    const points = Array.from({ length: 4 }, (): KillPoint => {
      const phase = random() < 0.5 ? 'before' : 'after';
      const pick = random();
      if (pick < 0.4) return { ...vault('*', 1 + Math.floor(random() * 50)), phase };
      if (pick < 0.7)
        return { at: 'storage', service: 'blob', operation: '*', nth: 1 + Math.floor(random() * 50), phase };
      return { ...table('*', 8 + Math.floor(random() * 40)), phase };
    });
    const journey = await journeys.backUp(VAULT, points);
    expect(journey.promised.length).toBeGreaterThan(0);
    await expectWhole(journey);
  }
});

test('killed before and after each write of the asking: nothing was promised, and what was begun ends as abandoned', async () => {
  const asking: Step[] = [table('Batch', 1), table('InsertEntity', 1, 'runs'), table('InsertEntity', 3, 'runs')];
  for (const step of asking) {
    for (const phase of ['before', 'after'] as const) {
      const { wasAnswered } = await journeys.killWhileAsking(VAULT, { ...step, phase });
      expect(wasAnswered).toBe(false);
      // A claim whose run was never started stands in the way for ten minutes.
      await app.stack.moveClock({ byMs: 10 * 60_000 + 1_000 });
      await expectWhole(await journeys.backUp(VAULT, []));
    }
  }
  const { body } = await app.call<RunList>('GET', '/runs?limit=200');
  expect(body.runs.filter(({ endedAt }) => endedAt === null)).toEqual([]);
  const abandoned = body.runs.filter(({ status }) => status !== 'succeeded');
  expect(abandoned.length).toBeGreaterThan(2);
  for (const run of abandoned) expect(run).toMatchObject({ status: 'failed', code: 'run_abandoned', snapshot: null });
});

test('after all of it, every blob of every snapshot is as its manifest says', async () => {
  const snapshots = await judge.snapshots(VAULT);
  expect(snapshots.length).toBeGreaterThan(0);
  expect(snapshots.every(({ blobs }) => blobs === 'intact')).toBe(true);
});
