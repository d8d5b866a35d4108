import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TableClient } from '@azure/data-tables';
import { type AlertList } from '../../src/contracts/alerts';
import { type DecisionList, type Problem, type RunView, type StartedPrune } from '../../src/contracts/api';
import { occurrenceServedAt } from '../../src/domain/schedules';
import { houseId } from '../../src/domain/housekeeping';
import { type Ledger } from '../../src/ledger/port';
import { createLedger } from '../../src/ledger/table-ledger';
import { createTables } from '../../src/ledger/tables';
import { listed, runOf } from '../contract/ledger-records';
import { AppOnStack } from './app-on-stack';

// Four months on the compiled app, with times of days in place of months and years.

const VAULT = 'contoso-prod';
const DAY = 86_400_000;
const STEP_DAYS = 8;
const STEPS = 16;
const KEPT_DAYS = { objects: 20, runs: 60, audit: 90, histories: 20 };
const SCHEDULE = '0 0 5 * * *';

let app: AppOnStack;
let ledger: Ledger;
/** At each step the run of the vault and the prune, as they ended, and what there was after the housekeeping. */
const steps: { backup: RunView; prune: RunView; left: Record<string, number> }[] = [];

beforeAll(async () => {
  app = await AppOnStack.start(
    { [VAULT]: { generate: { secrets: 3, seed: 6 } } },
    {
      modes: { timers: false },
      settings: {
        OBJECT_ROWS_RETENTION_DAYS: String(KEPT_DAYS.objects),
        RECORDS_RETENTION_DAYS: String(KEPT_DAYS.runs),
        AUDIT_RETENTION_DAYS: String(KEPT_DAYS.audit),
        HISTORY_RETENTION_DAYS: String(KEPT_DAYS.histories),
        HOUSEKEEPING_SCHEDULE: SCHEDULE,
      },
    },
  );
  ledger = createLedger(createTables({ connectionString: app.stack.endpoints.connections.account }));
  // Noon: far from the hour of housekeeping, so that no step is a day more or less by chance.
  const now = app.stack.now();
  await app.stack.moveClock({ to: new Date(now.getTime() - (now.getTime() % DAY) + 1.5 * DAY) });
  for (let step = 0; step < STEPS; step += 1) {
    const backup = await app.backUp(VAULT);
    const { body } = await app.call<StartedPrune>('POST', '/prune', { body: {} });
    const prune = await app.waitFor(body.runId);
    await app.call('POST', '/alerts/test');
    await app.stack.moveClock({ byMs: STEP_DAYS * DAY });
    await keepHouse();
    steps.push({ backup, prune, left: await whatIsLeft() });
  }
});
afterAll(() => app.stop());

const asOf = (): Date => occurrenceServedAt(SCHEDULE, app.stack.now());

/** Fires the timer, as the host would, and waits until the housekeeping of the newest occurrence has ended; what it returned. */
async function keepHouse(): Promise<unknown> {
  await fire();
  return ended(houseId(asOf()));
}

async function fire(): Promise<void> {
  const { api, functionKey } = app.stack.endpoints;
  const { status } = await fetch(`${api}/admin/functions/housekeeping`, {
    method: 'POST',
    headers: { 'x-functions-key': functionKey, 'content-type': 'application/json' },
    body: '{"input":""}',
  });
  expect(status).toBe(202);
}

async function ended(id: string): Promise<unknown> {
  for (;;) {
    const instance = (await instances()).find(({ instanceId }) => instanceId === id);
    if (instance?.runtimeStatus === 'Completed') return instance.output;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Instance {
  instanceId: string;
  runtimeStatus: string;
  createdTime: string;
  output: unknown;
}

/** All instances of the task hub. */
async function instances(): Promise<Instance[]> {
  const { api, functionKey } = app.stack.endpoints;
  const response = await fetch(`${api}/runtime/webhooks/durabletask/instances?top=5000&code=${functionKey}`);
  expect([response.status, response.headers.get('x-ms-continuation-token')]).toEqual([200, null]);
  return (await response.json()) as Instance[];
}

async function keysOf(table: string): Promise<string[][]> {
  const client = TableClient.fromConnectionString(app.stack.endpoints.connections.account, table, {
    allowInsecureConnection: true,
  });
  const keys: string[][] = [];
  for await (const { partitionKey = '', rowKey = '' } of client.listEntities()) keys.push([partitionKey, rowKey]);
  return keys;
}

async function whatIsLeft(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ['objects', 'runs', 'alerts', 'audit']) counts[table] = (await keysOf(table)).length;
  counts['instances'] = (await instances()).length;
  return counts;
}

test('nothing grows once its time has come round', () => {
  const [late, last] = [steps.at(-3)!.left, steps.at(-1)!.left];
  expect(last).toEqual(late);
  // Without housekeeping there would be far more: something of every kind was there, and most of it is gone.
  expect(Object.values(last).every((count) => count > 0)).toBe(true);
  const perStep = { runs: 4, alerts: 2, audit: 6 };
  for (const [table, rows] of Object.entries(perStep)) expect(last[table]).toBeLessThan(0.75 * rows * STEPS);
});

test('what is within its time is there, and nothing older', async () => {
  const oldest = (days: number): number => asOf().getTime() - days * DAY;
  const timeOf = (id: string): number =>
    Date.parse(id.replace(/^(....)(..)(..)T(..)(..)(..)Z.*$/, '$1-$2-$3T$4:$5:$6Z'));
  const partitions = [...new Set((await keysOf('objects')).map(([partition]) => partition!.slice(0, 29)))];
  const young = steps
    .flatMap(({ backup, prune }) => [backup, prune])
    .filter(({ endedAt }) => Date.parse(endedAt!) >= oldest(KEPT_DAYS.objects));
  expect(partitions.sort()).toEqual(young.map(({ id }) => id).sort());
  expect(young.length).toBeGreaterThanOrEqual(4);
  const records = (await keysOf('runs')).filter(([partition]) => partition === '$all');
  expect(records.length).toBeGreaterThan(12);
  for (const [, key] of records) expect(timeOf(key!.slice(11))).toBeGreaterThanOrEqual(oldest(KEPT_DAYS.runs) - 60_000);
  for (const { createdTime } of await instances())
    expect(Date.parse(createdTime)).toBeGreaterThanOrEqual(oldest(KEPT_DAYS.histories));
});

test('of a run whose rows are gone the record stays, and says so; later that goes too', async () => {
  const [gone, bare, whole] = [steps[0]!, steps.at(-4)!, steps.at(-1)!];
  expect(await app.run(bare.backup.id)).toEqual(bare.backup);
  const objects = await app.call<Problem>('GET', `/runs/${bare.backup.id}/objects`);
  expect([objects.status, objects.body.code]).toEqual([410, 'rows_expired']);
  const decisions = await app.call<Problem>('GET', `/runs/${bare.prune.id}/decisions`);
  expect([decisions.status, decisions.body.code]).toEqual([410, 'rows_expired']);
  expect(await app.objects(whole.backup.id)).toHaveLength(3);
  expect((await app.call<DecisionList>('GET', `/runs/${whole.prune.id}/decisions`)).body.decisions).not.toEqual([]);
  expect((await app.call<Problem>('GET', `/runs/${gone.backup.id}`)).body.code).toBe('run_not_found');
});

/** Histories of no instance, in the task hub's database, which nobody else can open while the host runs. */
function strayHistories(): unknown {
  const hub = new DatabaseSync(join(app.stack.endpoints.data, 'host', 'host.db'));
  try {
    const stray = 'SELECT count(*) AS n FROM history WHERE instance_id NOT IN (SELECT instance_id FROM instances)';
    return hub.prepare(stray).get()?.['n'];
  } finally {
    hub.close();
  }
}

test('a run that goes on keeps its rows, and a host that is killed midway goes on with the rest', async () => {
  await app.stack.moveClock({ byMs: DAY });
  const idOf = (hex: string): string => `20200301T020000Z-${hex.padStart(12, '0')}`;
  const objects = Array.from({ length: 1_500 }, (_, index) => listed(`secret-${index}`));
  const [running, over] = [idOf('a'), idOf('b')];
  const record = { vault: VAULT, createdAt: '2020-03-01T02:00:00.000Z' };
  await ledger.runs.create({ ...runOf(running, record), status: 'running', inventory: `${running}-00000000` });
  await ledger.runs.create({ ...runOf(over, record), status: 'failed', endedAt: '2020-03-01T03:00:00.000Z' });
  await ledger.objects.add(`${running}-00000000`, 0, objects);
  await ledger.objects.add(`${over}-00000000`, 0, objects);
  const point = { at: 'storage', service: 'table', operation: 'Batch', nth: 7 } as const;
  for (const phase of ['before', 'after'] as const) {
    const { killed } = await app.stack.killHostAt({ ...point, phase });
    if (phase === 'before') await fire();
    else await app.stack.startHost();
    await killed;
    expect(strayHistories()).toBe(0);
  }
  await app.stack.startHost();
  expect(await ended(houseId(asOf()))).toEqual({ ok: true, failed: 0 });
  expect(await ledger.objects.read(`${over}-00000000`, 0, 2_000)).toEqual([]);
  expect(await ledger.runs.get(over)).toBeUndefined();
  expect(await ledger.objects.read(`${running}-00000000`, 0, 2_000)).toHaveLength(1_500);
  expect((await ledger.runs.get(running))?.status).toBe('running');
});

test('a part that fails stops no other, is told, and cleared by the next that succeeds', async () => {
  const told = async (open: boolean): Promise<unknown[]> => {
    const { body } = await app.call<AlertList>('GET', `/alerts?kind=housekeeping_failed&open=${open}`);
    return body.alerts.map(({ subject, code, severity }) => [subject, code, severity]);
  };
  await app.stack.moveClock({ byMs: 15 * DAY });
  const aim = { service: 'table', table: 'audit', operation: 'QueryEntities' };
  const before = await whatIsLeft();
  await app.stack.control.post('/storage/faults', { ...aim, kind: 'status', status: 403 });
  expect(await keepHouse()).toEqual({ ok: true, failed: 1 });
  await app.stack.control.delete('/storage/faults');
  expect(await told(true)).toEqual([['audit', 'ledger_forbidden', 'warning']]);
  expect((await whatIsLeft())['instances']).toBeLessThan(before['instances']!);

  await app.stack.moveClock({ byMs: DAY });
  expect(await keepHouse()).toEqual({ ok: true, failed: 0 });
  expect(await told(true)).toEqual([]);
  expect(await told(false)).toEqual([['audit', 'ledger_forbidden', 'warning']]);
});

test('an occurrence that fires twice, also after it was served, does no harm', async () => {
  const before = await whatIsLeft();
  await Promise.all([fire(), fire()]);
  expect(await keepHouse()).toEqual({ ok: true, failed: 0 });
  expect(await whatIsLeft()).toEqual(before);
});

test('the timer fires by its schedule', async () => {
  await app.stack.stopHost();
  await app.stack.startHost({}, { timers: true });
  const next = new Date(asOf().getTime() + 2 * DAY + 1_000);
  await app.stack.moveClock({ to: next });
  expect(await ended(houseId(asOf()))).toEqual({ ok: true, failed: 0 });
});
