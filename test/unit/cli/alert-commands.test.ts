import { type AlertView, type DeliveryState } from '../../../src/contracts/alerts';
import { type AuditView } from '../../../src/contracts/audit';
import { type ExampleApi, inTurn, ok, type Route, startExampleApi } from './example-api';
import { type CommandResult, runInProcess } from './in-process';

const ID = '20261122T020013Z-c26f21feb969';
let api: ExampleApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function run(argv: readonly string[], routes: Record<string, Route>): Promise<CommandResult> {
  api = await startExampleApi(routes);
  return runInProcess([...argv, '--api', api.url], { environment: { STRONGROOM_TOKEN: 'the-token' } });
}

const seen = '2026-11-22T02:00:13.000Z';
const alertIn = (state: DeliveryState, changes: Partial<AlertView> = {}): AlertView => ({
  ...{ id: ID, kind: 'backup_failed', severity: 'error', subject: 'contoso-prod/daily', vault: 'contoso-prod' },
  ...{ tier: 'daily', runId: '20261122T020000Z-9bb87bf0b82f', code: 'vault_forbidden', count: 2 },
  ...{ firstSeen: seen, lastSeen: seen, resolvedAt: null, resolvedBy: null, correlationId: 'c-1' },
  notices: [
    {
      ...{
        number: 1,
        type: 'alert.raised',
        at: seen,
        severity: 'error',
        count: 1,
        lastSeen: seen,
        code: null,
        runId: null,
      },
      delivery: {
        ...{ state, attempts: 2, firstAttemptAt: seen, lastAttemptAt: seen, lastStatus: 500 },
        ...{ lastCode: 'webhook_refused', deliveredAt: null, gaveUpAt: null },
      },
    },
  ],
  ...changes,
});
const listOf =
  (channel: string): Route =>
  () =>
    ok({ alerts: [alertIn('delivered')], continuation: null, channel });

test('a list has a line per alert, and says so if nobody is told', async () => {
  const told = await run(['alerts', 'list', '--open', '--kind', 'backup_failed', '--vault', 'contoso-prod'], {
    'GET /api/alerts': listOf('webhook'),
  });
  expect(api?.requests[0]?.query).toMatchObject({ open: 'true', kind: 'backup_failed', vault: 'contoso-prod' });
  expect(told.stdout.split('\n')[1]).toMatch(
    /^20261122T020013Z-c26f21feb969 +backup_failed +error +contoso-prod\/daily +vault_forbidden +2 .* open +delivered$/,
  );
  expect(told.stdout).not.toContain('no_channel');
  await api?.close();
  const untold = await run(['alerts', 'list'], { 'GET /api/alerts': listOf('none') });
  expect(untold.stdout).toContain('Nobody is told of alerts (no_channel)');
  await api?.close();
  const json = await run(['alerts', 'list', '--json'], { 'GET /api/alerts': listOf('none') });
  expect(JSON.parse(json.stdout)).toMatchObject({ alerts: [{ id: ID }], continuation: null, channel: 'none' });
});

test('one alert is shown with what became of its messages', async () => {
  const result = await run(['alerts', 'show', ID], { [`GET /api/alerts/${ID}`]: () => ok(alertIn('pending')) });
  expect(result.exit).toBe(0);
  expect(result.stdout).toMatch(/message 1 +alert\.raised .*: pending, 2 tries \(webhook_refused, HTTP 500\)/);
});

test('an alert is resolved with a reason', async () => {
  const by = { resolvedAt: seen, resolvedBy: 'somebody' };
  const result = await run(['alerts', 'resolve', ID, '--reason', 'mended'], {
    [`POST /api/alerts/${ID}/resolve`]: () => ok(alertIn('pending', by)),
  });
  expect(api?.requests[0]?.body).toEqual({ reason: 'mended' });
  expect(result.stdout).toMatch(/resolved +2026-11-22 02:00:13Z .* by somebody/);
});

test.each([
  ['delivered', 0],
  ['gone', 1],
  ['given_up', 1],
] as const)('alerts test --wait looks until the message is %s, and exits %i', async (state, exit) => {
  const result = await run(['alerts', 'test', '--wait', '--json'], {
    'POST /api/alerts/test': () => ({ status: 202, json: alertIn('pending') }),
    [`GET /api/alerts/${ID}`]: inTurn(ok(alertIn('pending')), ok(alertIn(state))),
  });
  expect(result.exit).toBe(exit);
  expect((JSON.parse(result.stdout) as AlertView).notices[0]?.delivery.state).toBe(state);
});

test('alerts test says so if there is nobody to tell', async () => {
  const result = await run(['alerts', 'test', '--wait'], {
    'POST /api/alerts/test': () => ({ status: 202, json: alertIn('no_channel') }),
  });
  expect(result.exit).toBe(1);
  expect(result.stdout).toContain('Nobody is told of alerts (no_channel)');
});

test('the audit trail has a line per entry', async () => {
  const entry: AuditView = {
    ...{ at: seen, action: 'run.cancel', actor: 'somebody', subject: ID, outcome: 'refused', code: 'run_ended' },
    ...{ reason: null, details: {}, correlationId: 'c-1' },
  };
  const result = await run(['audit', 'list', '--action', 'run.cancel', '--from', '2026-11-22'], {
    'GET /api/audit': () => ok({ entries: [entry], continuation: null }),
  });
  expect(api?.requests[0]?.query).toMatchObject({ action: 'run.cancel', from: '2026-11-22T00:00:00.000Z' });
  expect(result.stdout).toMatch(/run\.cancel +refused \(run_ended\) +20261122T020013Z-c26f21feb969 +somebody +-/);
});
