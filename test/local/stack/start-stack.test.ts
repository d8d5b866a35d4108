import { readFileSync, statSync } from 'node:fs';
import { type Stack, startStack } from '../../../local/stack/start-stack';

const DAY_MS = 86_400_000;

let stack: Stack;

// One stack for all tests of this file: a start costs seconds. Each test leaves the host running.
beforeAll(async () => {
  stack = await startStack({ ephemeral: true, host: { modes: { timers: false } } });
});
afterAll(() => stack.stop());

interface Run {
  id: string;
  kind: string;
  status: string;
}

async function api(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${stack.endpoints.token}`, 'content-type': 'application/json' };
  const response = await fetch(`${stack.endpoints.api}/api/${path}`, { headers, ...init });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

async function settledRuns(): Promise<Run[]> {
  for (;;) {
    const { runs } = (await api('runs')).body as { runs: Run[] };
    if (runs.length > 0 && runs.every(({ status }) => !['pending', 'running'].includes(status))) return runs;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('three processes beside each other serve the app, with its sample estate and rights', async () => {
  expect(Object.keys(stack.pids).sort()).toEqual(['host', 'storage', 'vaults']);
  expect(await api('health')).toMatchObject({ status: 200 });
  expect((await fetch(`${stack.endpoints.api}/api/runs`)).status).toBe(401);
  const { vaults } = (await stack.control.get('/vault-service/vaults')) as { vaults: object[] };
  expect(vaults).toEqual([
    expect.objectContaining({ name: 'contoso-prod', geography: 'Europe' }),
    expect.objectContaining({ name: 'contoso-web' }),
    expect.objectContaining({ name: 'strongroom-keys', purgeProtection: true }),
  ]);
  expect(await stack.control.get('/storage/containers/strongroom-daily')).toMatchObject({
    policy: { retentionDays: 30, state: 'Locked' },
  });
  expect(await stack.control.get('/storage/containers/strongroom-monthly')).toMatchObject({
    policy: { retentionDays: 366, state: 'Locked' },
  });
});

test('the app sees its settings and little else of the environment', () => {
  const environment = readFileSync(`/proc/${String(stack.pids.host)}/environ`, 'utf8').split('\0');
  const names = new Set(environment.filter((line) => line !== '').map((line) => line.split('=')[0]!));
  const own = ['PATH', 'HOME', 'TMPDIR', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID'];
  expect([...names].filter((name) => !own.includes(name) && !(name in stack.settings))).toEqual([]);
  expect(environment).toContain('AZURE_FUNCTIONS_ENVIRONMENT=Development');
});

test('the clock of all parts moves at once, and only forward', async () => {
  const before = stack.now().getTime();
  await stack.moveClock({ byMs: 400 * DAY_MS });
  expect(stack.now().getTime()).toBeGreaterThanOrEqual(before + 400 * DAY_MS);
  const to = new Date(Math.ceil(stack.now().getTime() / DAY_MS) * DAY_MS);
  expect(await stack.control.put('/clock', { to: to.toISOString() })).toEqual({
    now: expect.stringContaining(to.toISOString().slice(0, 10)) as string,
  });
  await expect(stack.moveClock({ to: new Date(before) })).rejects.toThrow('only goes forward');
  await expect(stack.control.put('/clock', { to: new Date(before).toISOString() })).rejects.toMatchObject({
    status: 409,
    code: 'clock_backwards',
  });
  await stack.control.put('/clock', { advanceSeconds: 3_600 });
  // Storage and vaults follow: a blob and a token made now are of that time.
  const token = (await stack.control.post('/vault-service/token', {
    oid: '00000000-0000-4000-8000-000000000001',
    aud: 'x',
  })) as { access_token: string };
  const claims = JSON.parse(Buffer.from(token.access_token.split('.')[1]!, 'base64url').toString()) as { iat: number };
  expect(claims.iat * 1000).toBeGreaterThanOrEqual(to.getTime() + 3_600_000);
  const answer = await fetch(`${stack.endpoints.blob}/?comp=list`);
  expect(Date.parse(answer.headers.get('date') ?? '')).toBeLessThanOrEqual(stack.now().getTime());
});

test.each([
  { at: 'vault-service', operation: 'secrets.backup', vault: 'contoso-web', phase: 'after', nth: 3 },
  { at: 'storage', service: 'blob', operation: 'PutBlob', path: 'manifest.jws', phase: 'before' },
] as const)('the host is killed at $at $operation ($phase), and a new one finishes the work', async (point) => {
  const { host } = stack.pids;
  const { killed } = await stack.killHostAt(point);
  expect(await api('backups', { method: 'POST', body: JSON.stringify({ vaults: ['contoso-web'] }) })).toMatchObject({
    status: 202,
  });
  await killed;
  expect(stack.pids.host).toBeUndefined();
  expect(() => process.kill(host!, 0)).toThrow();
  const { api: address } = stack.endpoints;
  await stack.startHost();
  expect(stack.endpoints.api).toBe(address);
  expect((await settledRuns()).map(({ status }) => status)).not.toContain('failed');
});

test('the host is killed, started and restarted over the control listener, with other settings if wanted', async () => {
  expect(await stack.control.get('/host')).toMatchObject({ state: 'running', pid: stack.pids.host });
  await expect(stack.control.post('/host/start')).rejects.toMatchObject({ status: 409, code: 'host_running' });
  expect(await stack.control.post('/host/kill')).toMatchObject({ state: 'down', pid: null });
  expect(await stack.control.post('/host/start', { settings: { BATCH_SIZE: '7' } })).toMatchObject({
    state: 'running',
  });
  expect(stack.settings['BATCH_SIZE']).toBe('7');
  const { pid } = (await stack.control.get('/host')) as { pid: number };
  expect(await stack.control.post('/host/restart', { settings: { BATCH_SIZE: null } })).toMatchObject({
    state: 'running',
  });
  expect(stack.pids.host).not.toBe(pid);
  expect(stack.settings).not.toHaveProperty('BATCH_SIZE');
  await expect(
    stack.control.post('/host/kill-at', { at: 'storage', operation: '*', phase: 'before' }),
  ).rejects.toMatchObject({ status: 400 });
  expect(statSync(stack.hostLog).size).toBeGreaterThan(0);
});

test('a host that refuses its settings says which, and the stack goes on', async () => {
  await stack.stopHost();
  await expect(stack.startHost({ BATCH_SIZE: 'many' })).rejects.toThrow('BATCH_SIZE');
  await stack.startHost({ BATCH_SIZE: undefined });
  expect(await api('health')).toMatchObject({ status: 200 });
});

test('the vault service loses nothing by a kill, and comes back where it was', async () => {
  const vaults = await stack.control.get('/vault-service/vaults');
  const { vaults: pid } = stack.pids;
  await stack.control.post('/vault-service-process/kill');
  expect(stack.pids.vaults).not.toBe(pid);
  expect(await stack.control.get('/vault-service/vaults')).toEqual(vaults);
});

test('a tripwire of a tester’s own is told to listeners and kills nobody', async () => {
  const told: string[] = [];
  const forget = stack.onTripwire((id) => told.push(id));
  await stack.control.post('/storage/tripwires', {
    id: 'mine',
    service: 'table',
    operation: 'QueryEntities',
    phase: 'before',
  });
  const abort = new AbortController();
  const query = fetch(`${stack.endpoints.table}/runs()`, { signal: abort.signal }).catch(() => undefined);
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  abort.abort();
  await query;
  forget();
  expect(told).toEqual(['mine']);
  expect(stack.pids.host).toBeDefined();
});

test('the control listener lists its routes and refuses what it does not know', async () => {
  expect(await stack.control.get('/')).toMatchObject({ routes: expect.arrayContaining(['GET /clock']) as string[] });
  expect(await stack.control.get('/processes')).toEqual({ supervisor: process.pid, ...stack.pids });
  await expect(stack.control.get('/nothing')).rejects.toMatchObject({ status: 404 });
  await expect(stack.control.put('/clock', { to: 'tomorrow' })).rejects.toMatchObject({ status: 400 });
});
