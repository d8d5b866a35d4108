import { randomInt } from 'node:crypto';
import { type Problem, type StartedPrune } from '../../src/contracts/api';
import { type KillPoint } from '../../local/stack/host-killer';
import { FaultScene, READS_VALUES } from './fault-scene';
import { type Journey, KillJourneys } from './kill-journey';
import { randomFrom } from './seeded';

// SIGKILL where kill-steps.test.ts has none: certificates, values, the vault's configuration, alerts, plans and prune records.

const VAULT = 'contoso-prod';
const DAY = 86_400_000;

let scene: FaultScene;
let journeys: KillJourneys;

beforeAll(async () => {
  scene = await FaultScene.open({
    [VAULT]: { generate: { secrets: 10, keys: 3, certificates: 3, versions: 2, seed: 9 } },
  });
  journeys = new KillJourneys(scene.app, scene.judge);
  await scene.expectGoodAgain(VAULT);
});
afterAll(() => scene.close());

type Step = Omit<KillPoint, 'phase'>;
const vault = (operation: string, nth = 1): Step => ({ at: 'vault-service', operation, nth });
const blob = (operation: string, path: string, nth = 1): Step => ({
  ...{ at: 'storage', service: 'blob', operation, path, nth },
});
const table = (operation: string, name?: string): Step => ({
  ...{ at: 'storage', service: 'table', operation, nth: 1 },
  ...(name !== undefined && { table: name }),
});
const around = (step: Step): KillPoint[] => [
  { ...step, phase: 'before' },
  { ...step, nth: 1, phase: 'after' },
];

/** The run is good and proved, and what lay there at a kill lies there still. */
async function expectWhole({ run, promised }: Journey): Promise<void> {
  await scene.expectTold(run.id, { status: 'succeeded' });
  await scene.expectProved(run);
  const now = await journeys.promises();
  for (const { paths, outcomes } of promised) {
    expect(now.paths).toEqual(expect.arrayContaining(paths));
    for (const [row, outcome] of outcomes) expect(now.outcomes.get(row)).toBe(outcome);
  }
}

test.each<[string, Step[]]>([
  [
    'the listing, the versions and the backup of certificates',
    ['list', 'versions', 'backup'].map((verb) => vault(`certificates.${verb}`)),
  ],
  [
    'the reads of the policy of a certificate, of a rotation policy and of values',
    [vault('certificates.getpolicy'), vault('keys.getpolicy'), vault('secrets.get', 3)],
  ],
  ["the vault's own configuration", [vault('issuers.list')]],
])('killed before and after %s', async (_, steps) => {
  await scene.allow(VAULT, [...READS_VALUES, 'certificatecas/read', 'certificatecontacts/write']);
  const points = steps.flatMap(around);
  const journey = await journeys.backUp(VAULT, points);
  expect(journey.promised).toHaveLength(points.length);
  await expectWhole(journey);
});

test('killed before and after an alert is written: it is there once', async () => {
  await scene.lay({
    kind: 'status',
    status: 400,
    code: 'BadParameter',
    operation: 'certificates.backup',
    vault: VAULT,
  });
  const { run, promised } = await journeys.backUp(VAULT, [
    { ...blob('PutBlob', '*/manifest.jws'), phase: 'after' },
    // From here on the first transaction is that of the alert.
    ...around(table('Batch')),
  ]);
  expect(promised).toHaveLength(3);
  await scene.expectTold(run.id, { status: 'partial', alerts: { backup_partial: null } });
  expect((await scene.openAlerts()).map(({ count }) => count)).toEqual([1]);
  await scene.expectProved(run);
  await scene.expectGoodAgain(VAULT);
});

test.each(['before', 'after'] as const)(
  'killed %s a plan is written: it is the old one or the new one',
  async (phase) => {
    const path = `/plans/${VAULT}`;
    const { headers } = await scene.app.call('GET', path);
    const { killed } = await scene.app.stack.killHostAt({ ...table('UpdateEntity', 'plans'), phase });
    const put = (): Promise<{ status: number; body: Problem }> =>
      scene.app.call<Problem>('PUT', path, {
        body: { ...scene.planOf(VAULT), exclude: [`never-${phase}-*`] },
        headers: { 'if-match': headers.get('etag') ?? '' },
      });
    await expect(put()).rejects.toThrow();
    await killed;
    await scene.app.stack.startHost();
    const again = await put();
    expect([again.status, again.body.code]).toEqual(
      phase === 'before' ? [200, undefined] : [412, 'precondition_failed'],
    );
    const { body: after } = await scene.app.call<{ exclude: unknown }>('GET', path);
    expect(JSON.stringify(after)).toContain(`never-${phase}-*`);
    await scene.expectGoodAgain(VAULT);
  },
);

const SEED = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));

test(`killed at random points, several times in a run (KILL_SEED=${SEED} repeats them)`, async () => {
  const random = randomFrom(SEED);
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const points = Array.from({ length: 5 }, (): KillPoint => {
    const phase = random() < 0.5 ? 'before' : 'after';
    const pick = random();
    if (pick < 0.5) return { ...vault('*', upTo(60)), phase };
    return { ...(pick < 0.8 ? blob('*', '', upTo(40)) : { ...table('*'), nth: 8 + upTo(30) }), phase };
  });
  const journey = await journeys.backUp(VAULT, points);
  expect(journey.promised.length).toBeGreaterThan(0);
  await expectWhole(journey);
});

test('killed before and after a prune record, a manifest and an item: what is left is whole, and the prune ends', async () => {
  await scene.app.stack.moveClock({ byMs: 40 * DAY });
  const newest = await scene.expectGoodAgain(VAULT);
  const points = [
    blob('PutBlob', 'records/'),
    blob('DeleteBlob', '*/manifest.jws'),
    blob('DeleteBlob', '*/items/*', 5),
  ].flatMap(around);
  const { promised, run } = await journeys.through(points, async () => {
    const { status, body } = await scene.app.call<StartedPrune>('POST', '/prune', { body: {} });
    expect(status).toBe(202);
    await scene.app.waitFor(body.runId);
    return body.runId;
  });
  expect(promised).toHaveLength(points.length);
  expect(run).toMatchObject({ status: 'succeeded', prune: { counts: { failed: 0 } } });
  expect((await scene.judge.snapshots(VAULT)).map(({ id }) => id)).toEqual([newest.id]);
  scene.forgetAllBut(newest.id);
  await scene.expectGoodAgain(VAULT);
});
