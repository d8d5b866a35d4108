import { ApiClient } from '../../../src/cli/api-client';
import { followRun, type Pace } from '../../../src/cli/follow-run';
import { progressOf, type RunState } from '../../../src/cli/run-state';
import { inTurn, ok, refusal, startExampleApi, type ExampleApi, type Route } from './example-api';
import { backupRun, estateRun, openRun, problem, PROD_RUN, TEST_RUN, twoVaults } from './example-views';

const QUICK: Pace = { firstMs: 1, mostMs: 2, patienceMs: 60_000, retryMs: 1 };
let api: ExampleApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

interface Followed {
  states: RunState[];
  notes: string[];
  failure: unknown;
}

async function follow(route: Route, pace = QUICK, interruption = new AbortController()): Promise<Followed> {
  api = await startExampleApi({ [`GET /api/runs/${PROD_RUN}`]: route });
  const location = { base: api.url, token: { value: 't', source: 'STRONGROOM_TOKEN' }, source: '--api' };
  const followed: Followed = { states: [], notes: [], failure: undefined };
  const options = {
    api: new ApiClient({ location, signIn: () => Promise.reject(new Error()), signal: interruption.signal }),
    signal: interruption.signal,
    note: (text: string) => followed.notes.push(text),
    pace,
  };
  try {
    for await (const state of followRun(PROD_RUN, options)) followed.states.push(state);
  } catch (error) {
    followed.failure = error;
  }
  return followed;
}

test('looks until the run has ended', async () => {
  const { states, notes } = await follow(
    inTurn(ok(backupRun(openRun('pending', 0, null))), ok(backupRun(openRun('running', 5, 9))), ok(backupRun())),
  );
  expect(states.map(({ run }) => run.status)).toEqual(['pending', 'running', 'succeeded']);
  expect(notes).toEqual([]);
});

test('bears torn connections, server errors and a restarting host, with a note at begin and end', async () => {
  const running = ok(backupRun(openRun('running', 5, 9)));
  const busy = refusal(problem(429, 'host_unavailable', 'Too many requests.'));
  const { states, notes } = await follow(
    inTurn(
      running,
      { torn: true },
      { status: 503, text: '' },
      { status: 404, text: '' },
      busy,
      running,
      ok(backupRun()),
    ),
  );
  expect(states.map(({ run }) => run.status)).toEqual(['running', 'running', 'succeeded']);
  expect(notes).toEqual([expect.stringContaining('trying again for 60 seconds'), 'the API answers again']);
});

test('gives up when the API has not answered for long', async () => {
  const { states, failure } = await follow(inTurn(ok(backupRun(openRun('running', 5, 9))), { torn: true }), {
    ...QUICK,
    patienceMs: 5,
  });
  expect(states).toHaveLength(1);
  expect(failure).toMatchObject({ code: 'api_unreachable', facts: { exit: 6 } });
});

test('does not ask again after a refusal', async () => {
  const { failure, notes } = await follow(() => refusal(problem(404, 'run_not_found', 'There is no such run.')));
  expect(failure).toMatchObject({ code: 'run_not_found', facts: { exit: 5 } });
  expect(notes).toEqual([]);
  expect(api?.requests).toHaveLength(1);
});

test.each<[string, Route]>([
  ['during a pause', () => ok(backupRun(openRun('running', 5, 9)))],
  ['during a request', () => ({ silent: true })],
  ['while the API does not answer', () => ({ torn: true })],
])('ends at an interruption %s', async (_name, route) => {
  const interruption = new AbortController();
  const interrupting: Route = (request) => {
    setImmediate(() => {
      interruption.abort();
    });
    return route(request);
  };
  const { failure } = await follow(interrupting, { ...QUICK, firstMs: 60_000, retryMs: 60_000 }, interruption);
  expect(failure).toMatchObject({ code: 'interrupted', facts: { exit: 130 } });
});

describe('progress over all vaults', () => {
  const estate = estateRun({ runs: twoVaults, ...openRun('running', 0, null) });

  test('the total is open while an inventory is under way or a record is missing', () => {
    const counted = backupRun(openRun('running', 10, 100));
    const uncounted = backupRun({ id: TEST_RUN, ...openRun('running', 0, null) });
    expect(progressOf({ run: estate, backups: [counted, uncounted] })).toMatchObject({
      done: 10,
      total: 100,
      complete: false,
    });
    expect(progressOf({ run: estate, backups: [counted] })).toMatchObject({
      complete: false,
      vaultsEnded: 0,
      vaults: 2,
    });
  });

  test('a vault that failed before its inventory holds nothing up', () => {
    const unreachable = backupRun({ id: TEST_RUN, status: 'failed', progress: { done: 0, total: null } });
    expect(progressOf({ run: estate, backups: [backupRun(), unreachable] })).toMatchObject({
      done: 1240,
      total: 1240,
      complete: true,
      vaultsEnded: 2,
    });
  });
});
