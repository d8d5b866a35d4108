import { type Problem, type RunList, type RunView } from '../../src/contracts/api';
import { FaultScene } from './fault-scene';
import { fireTimer, type SecondHost, startSecondHost } from './second-host';

// Clocks that jump or disagree, and two hosts that know nothing of each other, on one archive and one ledger (docs/faults.md).

const VAULT = 'contoso-prod';
const HOUR = 3_600_000;

let scene: FaultScene;
let second: SecondHost | undefined;

beforeAll(async () => {
  const content = { generate: { secrets: 14, keys: 4, certificates: 2, seed: 4 } };
  scene = await FaultScene.open({ [VAULT]: content }, { timers: true });
  await noon(1);
  await scene.expectGoodAgain(VAULT);
});
afterEach(async () => {
  await second?.stop();
  second = undefined;
});
afterAll(() => scene.close());

/** Moves the clock to a noon, days ahead, when what the night's schedule started has ended. */
async function noon(days: number): Promise<void> {
  const now = scene.app.stack.now();
  await scene.app.stack.moveClock({
    to: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, 12)),
  });
  await settled();
}

async function runs(): Promise<RunView[]> {
  return (await scene.app.call<RunList>('GET', `/runs?vault=${VAULT}&limit=200`)).body.runs;
}

/** Waits until there is a scheduled run for the last occurrence, and no run of the vault goes on. */
async function settled(): Promise<RunView[]> {
  const now = scene.app.stack.now();
  const occurrence = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 2)).toISOString();
  for (;;) {
    const found = await runs();
    const isServed = found.some(({ scheduledFor }) => scheduledFor === occurrence);
    if (isServed && found.every(({ endedAt }) => endedAt !== null)) return found;
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (found.some(({ status }) => status === 'waiting')) await scene.app.stack.moveClock({ byMs: 30_000 });
  }
}

/** No occurrence of the schedule has more than one run. */
async function expectNoneTwice(): Promise<void> {
  const scheduled = (await runs()).flatMap(({ scheduledFor }) => scheduledFor ?? []);
  expect(new Set(scheduled).size).toBe(scheduled.length);
}

test.each([
  ['three hours', 3 * HOUR],
  ['thirty hours, over the next occurrence', 30 * HOUR],
  ['ten days', 240 * HOUR],
])('the clock jumps by %s while a run is under way', async (_, byMs) => {
  const { run } = await scene.underWay(VAULT);
  await scene.app.stack.moveClock({ byMs });
  await scene.mend();
  const ended = await scene.app.waitFor(run);
  await scene.expectTold(run, { status: 'succeeded' });
  expect(ended.snapshot).toBe(run);
  for (const one of await settled()) expect(one).toMatchObject({ status: 'succeeded' });
  await expectNoneTwice();
  await noon(1);
  await scene.expectGoodAgain(VAULT);
});

test('a run that waits for another one is cancelled, and the other is not touched', async () => {
  const { run, estate } = await scene.underWay(VAULT);
  await scene.app.stack.moveClock({ byMs: 24 * HOUR });
  let waiting: RunView | undefined;
  while (waiting === undefined) waiting = (await runs()).find(({ status }) => status === 'waiting');
  expect(waiting.code).toBe('run_in_progress');
  expect((await scene.app.call('POST', `/runs/${waiting.id}/cancel`)).status).toBe(202);
  await scene.mend();
  await scene.app.waitFor(estate);
  await scene.expectTold(run, { status: 'succeeded' });
  await scene.hurry(waiting.id);
  await scene.expectTold(waiting.id, { status: 'cancelled', code: 'cancelled' });
  await scene.expectGoodAgain(VAULT);
});

test('an app whose clock is three hours behind serves no occurrence again, and its snapshots follow', async () => {
  second = await startSecondHost(scene.app, { hostJson: scene.hostJson, behindMs: 3 * HOUR });
  const before = await runs();
  await second.fire('dailyBackup');
  const run = await second.app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'succeeded', warnings: [] });
  expect(Date.parse(run.createdAt)).toBeLessThan(scene.app.stack.now().getTime() - 2 * HOUR);
  expect((await runs()).map(({ id }) => id).sort()).toEqual([...before.map(({ id }) => id), run.id].sort());
  await scene.expectProved(run);
  await scene.expectGoodAgain(VAULT);
});

test('two hosts are asked at once: one run, the other is refused', async () => {
  const other = (second = await startSecondHost(scene.app, scene)).app;
  const body = { vaults: [VAULT] };
  const answers = await Promise.all([scene.app, other].map((app) => app.call<Problem>('POST', '/backups', { body })));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  expect(answers.find(({ status }) => status === 409)?.body.code).toBe('run_in_progress');
  for (const { endedAt, id } of await runs()) if (endedAt === null) await scene.app.waitFor(id);
  await scene.expectGoodAgain(VAULT);
});

test('two hosts serve the same occurrence at once: every activity runs twice, there is one run and one snapshot', async () => {
  await scene.app.stack.stopHost();
  await scene.app.stack.startHost({}, { timers: false });
  await scene.app.stack.moveClock({ byMs: 24 * HOUR });
  const { fire } = (second = await startSecondHost(scene.app, scene));
  const { api, functionKey } = scene.app.stack.endpoints;
  const known = (await runs()).length;
  await Promise.all([fire('dailyBackup'), fireTimer(api, functionKey, 'dailyBackup')]);
  const ended = (await settled())[0]!;
  expect(await runs()).toHaveLength(known + 1);
  expect(ended).toMatchObject({ status: 'succeeded', code: null, counts: { failed: 0 } });
  await expectNoneTwice();
  // The slower host has to be through with its part before its work can be judged.
  await second.app.waitFor(ended.estateRun!);
  const [newest] = await scene.judge.snapshots(VAULT);
  expect(newest?.id).toBe(ended.id);
  await scene.expectGoodAgain(VAULT);
  await scene.app.stack.stopHost();
  await scene.app.stack.startHost({}, { timers: true });
});

test('a run that another host took for dead writes no snapshot any more, and the chain does not fork', async () => {
  // By its clock the other's run, which its own hub does not know, is older than the ten minutes that a start may take.
  second = await startSecondHost(scene.app, { hostJson: scene.hostJson, behindMs: -11 * 60_000 });
  const { run, estate } = await scene.underWay(VAULT);
  const taken = await second.app.start({ vaults: [VAULT] });
  await scene.mend();
  await scene.app.waitFor(taken.runId);
  await scene.app.waitFor(estate);
  const follower = await scene.app.run(taken.runs[0]!.runId);
  await scene.expectTold(run, { status: 'failed', code: 'run_abandoned' });
  await scene.expectProved(follower);
  const manifests = (await scene.judge.paths()).filter((path) => path.endsWith('manifest.jws'));
  expect(manifests.filter((path) => path.includes(run))).toEqual([]);
  await scene.expectGoodAgain(VAULT);
});
