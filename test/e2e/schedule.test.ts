import { type RunList, type RunView } from '../../src/contracts/api';
import { AppOnStack } from './app-on-stack';

let app: AppOnStack;

beforeAll(async () => {
  app = await AppOnStack.start({ 'contoso-prod': { generate: { secrets: 5, seed: 1 } } });
});
afterAll(() => app.stop());

async function scheduledRuns(): Promise<RunView[]> {
  const { body } = await app.call<RunList>('GET', '/runs?vault=contoso-prod&limit=100');
  return body.runs.filter(({ trigger }) => trigger === 'schedule');
}

/** Moves the clock to a time of day `days` from now and waits until as many scheduled runs have ended. */
async function moveTo(time: Date, runs: number): Promise<RunView[]> {
  await app.stack.moveClock({ to: time });
  for (;;) {
    const found = await scheduledRuns();
    if (found.length >= runs && found.every(({ endedAt }) => endedAt !== null)) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('a daily timer serves its occurrence, and on the first of a month there is a monthly snapshot as well', async () => {
  const now = app.stack.now();
  // The first of the month after next, so that a whole month of nights has passed unserved: only the newest occurrence is caught up.
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2, 1, 2, 0, 1));
  const runs = await moveTo(first, 2);
  expect(runs.map(({ tier }) => tier).sort()).toEqual(['daily', 'monthly']);
  const occurrence = new Date(first.getTime() - 1000).toISOString();
  for (const run of runs) {
    expect(run).toMatchObject({ status: 'succeeded', scheduledFor: occurrence });
    const snapshot = await app.snapshot(run.id);
    const days = (Date.parse(snapshot.nextDue) - Date.parse(occurrence)) / 86_400_000;
    expect(run.tier === 'daily' ? days === 1 : days >= 28 && days <= 31).toBe(true);
  }

  const second = await moveTo(new Date(first.getTime() + 86_400_000), 3);
  expect(second.filter(({ tier }) => tier === 'daily').map(({ scheduledFor }) => scheduledFor)).toEqual([
    new Date(Date.parse(occurrence) + 86_400_000).toISOString(),
    occurrence,
  ]);
});

test('an occurrence that fires twice is served once', async () => {
  const before = await scheduledRuns();
  const { api, functionKey } = app.stack.endpoints;
  const fire = (): Promise<Response> =>
    fetch(`${api}/admin/functions/dailyBackup`, {
      method: 'POST',
      headers: { 'x-functions-key': functionKey, 'content-type': 'application/json' },
      body: '{"input":""}',
    });
  expect((await Promise.all([fire(), fire(), fire()])).map(({ status }) => status)).toEqual([202, 202, 202]);
  await app.backUp('contoso-prod');
  expect((await scheduledRuns()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});
