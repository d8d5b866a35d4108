import { randomInt } from 'node:crypto';
import { type SnapshotList, type StartedPrune } from '../../src/contracts/api';
import { type KillPoint } from '../../local/stack/host-killer';
import { AppOnStack } from './app-on-stack';
import { ArchiveJudge, offlinePair } from './archive-judge';

// The host is killed at named steps of a prune, before the work of a request is done or after it and before its answer arrives, and
// started again. One archive lives through all of it; after each round the independent verifier finds it whole, and nothing half deleted.

const VAULT = 'contoso-prod';
const DAY = 86_400_000;

let app: AppOnStack;
let judge: ArchiveJudge;

beforeAll(async () => {
  app = await AppOnStack.start(
    { [VAULT]: { generate: { secrets: 3, seed: 5 } } },
    { modes: { timers: false, strict: true } },
  );
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
});
afterAll(() => app.stop());

/** Lays the points one after the other, each when the one before has struck; the host is started again each time. */
async function lay([point, ...rest]: readonly KillPoint[], strikes: string[]): Promise<{ done(): Promise<void> }> {
  if (point === undefined) return { done: () => Promise.resolve() };
  const { killed } = await app.stack.killHostAt(point);
  let revival = Promise.resolve();
  void killed.then(() => {
    strikes.push(`${point.phase} ${point.operation}`);
    revival = (async () => {
      const next = await lay(rest, strikes);
      await app.stack.startHost();
      await next.done();
    })();
    revival.catch(() => undefined);
  });
  return { done: () => revival };
}

/** Three snapshots, two of which are past their time; a prune that is killed at these points; then all is as after one that was not. */
async function pruneThrough(points: readonly KillPoint[]): Promise<string[]> {
  const made = [await app.backUp(VAULT), await app.backUp(VAULT)].map(({ id }) => id);
  await app.stack.moveClock({ byMs: 32 * DAY });
  const newest = (await app.backUp(VAULT)).id;
  const strikes: string[] = [];
  const { body } = await app.call<StartedPrune>('POST', '/prune', { body: {} });
  const kills = await lay(points, strikes);
  const run = await app.waitFor(body.runId);
  await app.stack.control.delete('/vault-service/tripwires');
  await app.stack.control.delete('/storage/tripwires');
  await kills.done();
  expect(run).toMatchObject({
    status: 'succeeded',
    code: null,
    prune: { counts: { kept: 1, retained: 0, failed: 0 } },
  });
  expect(run.prune?.counts?.dropped).toBeGreaterThanOrEqual(2);
  const left = await judge.snapshots(VAULT);
  expect(left.map(({ id, blobs }) => [id, blobs])).toEqual([[newest, 'intact']]);
  const paths = await judge.paths();
  for (const id of made) expect(paths.filter((path) => path.includes(id))).toEqual([]);
  const { body: catalog } = await app.call<SnapshotList>('GET', `/snapshots?vault=${VAULT}`);
  expect(catalog.snapshots.map(({ id }) => id)).toEqual([newest]);
  return strikes;
}

const blob = (operation: string, path: string, nth = 1): Omit<KillPoint, 'phase'> => ({
  ...{ at: 'storage', service: 'blob', operation, path, nth },
});
const table = (operation: string, name: string, nth = 1): Omit<KillPoint, 'phase'> => ({
  ...{ at: 'storage', service: 'table', operation, table: name, nth },
});
const around = (step: Omit<KillPoint, 'phase'>): KillPoint[] => [
  { ...step, phase: 'before' },
  { ...step, phase: 'after' },
];

test('a prune without kills', async () => {
  expect(await pruneThrough([])).toEqual([]);
});

test.each<[string, Omit<KillPoint, 'phase'>[]]>([
  ['the signature of the record', [{ at: 'vault-service', operation: 'keys.sign', nth: 1 }]],
  ['the upload of the record and its read-back', [blob('PutBlob', '*-prune.jws'), blob('GetBlob', '*-prune.jws')]],
  ['the first and the second manifest', [blob('DeleteBlob', '*/manifest.jws'), blob('DeleteBlob', '*/manifest.jws')]],
  ['what else belonged to the snapshots', [blob('DeleteBlob', '*/items/*', 2), blob('DeleteBlob', '*/keys/*')]],
  ['the catalog', [table('DeleteEntity', 'snapshots')]],
  ['the end of the run', [table('UpdateEntity', 'runs')]],
])('killed before and after %s', async (_, steps) => {
  const strikes = await pruneThrough(steps.flatMap(around));
  expect(strikes.length).toBeGreaterThan(0);
});

const SEED = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));

test(`killed at random points, several times in a run (KILL_SEED=${SEED} repeats them)`, async () => {
  const random = randomFrom(SEED);
  const points = Array.from({ length: 5 }, (): KillPoint => {
    const phase = random() < 0.5 ? 'before' : 'after';
    const nth = 1 + Math.floor(random() * 12);
    return random() < 0.6
      ? { ...blob('*', '*', nth), phase }
      : { at: 'storage', service: 'table', operation: '*', nth, phase };
  });
  expect((await pruneThrough(points)).length).toBeGreaterThan(0);
});

/** Mulberry32: seeded, so that a failing round can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
