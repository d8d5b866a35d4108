import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import {
  type Problem,
  type RunList,
  type RunView,
  type SnapshotList,
  type StartedBackup,
} from '../../src/contracts/api';
import { AppOnStack } from './app-on-stack';

let app: AppOnStack;

beforeAll(async () => {
  app = await AppOnStack.start({
    'contoso-prod': { generate: { secrets: 30, keys: 2, seed: 1 } },
    'contoso-web': { generate: { secrets: 4, seed: 2 } },
    'contoso-empty': {},
  });
});
afterAll(() => app.stop());

const problem = (method: string, path: string, body?: unknown): Promise<[number, string, string | null]> =>
  app
    .call<Problem>(method, path, { body })
    .then((answer) => [answer.status, answer.body.code, answer.headers.get('content-type')]);

test('health is for anybody and says nothing but up', async () => {
  const response = await fetch(`${app.stack.endpoints.api}/api/health`);
  expect([response.status, await response.json()]).toEqual([200, { status: 'up' }]);
});

test.each([
  ['/runs/$all', "a partition's name"],
  ['/runs/20261122T020000Z-1f0c9a7e55d1%2F..%2F..', 'a way out'],
  ['/snapshots/%2E%2E%2Fruns', 'another way out'],
  ["/runs/20261122T020000Z-1f0c9a7e55d1'%20or%20RowKey%20ne%20'", 'a filter'],
  ['/runs/20261122T020000Z-1f0c9a7e55d1%00', 'a zero byte'],
  ['/runs/20261122T020000Z-1f0c9a7e55d1%0A', 'a line end'],
  ['/snapshots/20261122T020000Z-1F0C9A7E55D1', 'capitals'],
])('an id cannot be %s (%s)', async (path) => {
  expect(await problem('GET', path)).toEqual([400, 'invalid_request', 'application/problem+json']);
});

test('a body whose length nobody declared is refused by its bytes, and one at the limit is read', async () => {
  const send = (bytes: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${app.stack.endpoints.token}`,
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
      };
      const call = request(`${app.stack.endpoints.api}/api/backups`, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      call.once('error', reject);
      const body = `{"tier":"hourly"${' '.repeat(bytes - 17)}}`;
      for (let at = 0; at < body.length; at += 10_000) call.write(body.slice(at, at + 10_000));
      call.end();
    });
  expect([await send(64 * 1024), await send(64 * 1024 + 1)]).toEqual([400, 413]);
});

test('a body that is not UTF-8 is not JSON', async () => {
  const response = await fetch(`${app.stack.endpoints.api}/api/backups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.stack.endpoints.token}`, 'content-type': 'application/json' },
    body: Buffer.from([0x7b, 0xff, 0x7d]),
  });
  expect([response.status, ((await response.json()) as Problem).code]).toEqual([400, 'invalid_request']);
});

test('a body that is not declared as JSON is refused', async () => {
  const headers = { 'content-type': 'text/plain' };
  const { status, body } = await app.call<Problem>('POST', '/backups', { body: {}, headers });
  expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
});

test.each([
  ['a body that is not JSON', 'POST', '/backups', '{', 400, 'invalid_request'],
  ['a field that does not exist', 'POST', '/backups', { vault: 'contoso-prod' }, 400, 'invalid_request'],
  ['an unknown tier', 'POST', '/backups', { tier: 'hourly' }, 400, 'invalid_request'],
  ['an empty list of vaults', 'POST', '/backups', { vaults: [] }, 400, 'invalid_request'],
  [
    'a body that is far too large',
    'POST',
    '/backups',
    { vaults: Array.from({ length: 500 }, () => 'x'.repeat(190)) },
    413,
    'body_too_large',
  ],
  ['an unknown vault', 'POST', '/backups', { vaults: ['contoso-prod', 'fabrikam'] }, 404, 'unknown_vault'],
  ['an unknown run', 'GET', '/runs/20261122T020000Z-1f0c9a7e55d1', undefined, 404, 'run_not_found'],
  ['an id that is none', 'GET', '/runs/..%2F..%2Fetc', undefined, 400, 'invalid_request'],
  ['a parameter that is given twice', 'GET', '/runs?limit=1&limit=2', undefined, 400, 'invalid_request'],
  [
    'a parameter where there is none',
    'GET',
    '/snapshots/20261122T020000Z-1f0c9a7e55d1?code=x',
    undefined,
    400,
    'invalid_request',
  ],
  [
    'a field where there is none',
    'POST',
    '/runs/20261122T020000Z-1f0c9a7e55d1/cancel',
    { why: 1 },
    400,
    'invalid_request',
  ],
  ['objects of an unknown run', 'GET', '/runs/20261122T020000Z-1f0c9a7e55d1/objects', undefined, 404, 'run_not_found'],
  ['cancelling an unknown run', 'POST', '/runs/20261122T020000Z-1f0c9a7e55d1/cancel', undefined, 404, 'run_not_found'],
  ['an unknown snapshot', 'GET', '/snapshots/20261122T020000Z-1f0c9a7e55d1', undefined, 404, 'snapshot_not_found'],
  ['an unknown filter', 'GET', '/runs?colour=red', undefined, 400, 'invalid_request'],
  ['a limit that is too high', 'GET', '/runs?limit=10000', undefined, 400, 'invalid_request'],
  ['a continuation of somebody else', 'GET', '/runs?continuation=AAAA', undefined, 400, 'invalid_request'],
] as const)('%s is a problem with a code of its own', async (_, method, path, body, status, code) => {
  expect(await problem(method, path, body)).toEqual([status, code, 'application/problem+json']);
});

test('nothing was started by all that', async () => {
  expect((await app.call<RunList>('GET', '/runs')).body).toEqual({ runs: [], continuation: null });
});

describe('after some backups', () => {
  let first: StartedBackup;

  beforeAll(async () => {
    const { status, headers, body } = await app.call<StartedBackup>('POST', '/backups', {
      headers: { 'x-correlation-id': 'my-correlation-id-0001' },
    });
    expect([status, headers.get('x-correlation-id')]).toEqual([202, 'my-correlation-id-0001']);
    expect(headers.get('location')).toBe(`${app.stack.endpoints.api}/api/runs/${body.runId}`);
    first = body;
    await app.waitFor(first.runId);
    await app.backUp('contoso-web', 'monthly');
  });

  test('the correlation id is in the run records and in the logs', async () => {
    for (const id of [first.runId, ...first.runs.map(({ runId }) => runId)])
      expect((await app.run(id)).correlationId).toBe('my-correlation-id-0001');
    const log = readFileSync(app.stack.hostLog, 'utf8')
      .split('\n')
      .filter((line) => line.includes('my-correlation-id-0001'));
    expect(log.some((line) => line.includes('backup_started'))).toBe(true);
    expect(log.some((line) => line.includes('run_ended'))).toBe(true);
  });

  test('runs are listed newest first, filtered and page by page', async () => {
    const list = async (query: string): Promise<RunView[]> =>
      (await app.call<RunList>('GET', `/runs?${query}`)).body.runs;
    const all = await list('limit=100');
    expect(all).toHaveLength(6);
    expect(all.map(({ id }) => id.slice(0, 16))).toEqual(
      all
        .map(({ id }) => id.slice(0, 16))
        .sort()
        .reverse(),
    );
    expect((await list('vault=contoso-web')).map(({ tier }) => tier)).toEqual(['monthly', 'daily']);
    expect(await list('vault=contoso-web&tier=monthly&kind=backup&status=succeeded')).toHaveLength(1);
    expect(await list('status=failed')).toEqual([]);
    expect(await list(`until=${all.at(-1)!.createdAt.slice(0, 10)}T00:00:00Z`)).toEqual([]);

    const paged: string[] = [];
    let query = 'limit=2';
    for (;;) {
      const { body } = await app.call<RunList>('GET', `/runs?${query}`);
      paged.push(...body.runs.map(({ id }) => id));
      if (body.continuation === null) break;
      query = `limit=2&continuation=${encodeURIComponent(body.continuation)}`;
    }
    expect(paged).toEqual(all.map(({ id }) => id));
  });

  test('objects of a run are filtered by kind and outcome', async () => {
    const prod = first.runs.find(({ vault }) => vault === 'contoso-prod')!.runId;
    const count = async (query: string): Promise<number> =>
      (await app.call<{ objects: unknown[] }>('GET', `/runs/${prod}/objects?limit=100&${query}`)).body.objects.length;
    expect(await Promise.all(['', 'kind=key', 'outcome=stored&kind=secret', 'outcome=failed'].map(count))).toEqual([
      32, 2, 30, 0,
    ]);
  });

  test('an empty vault has a complete snapshot of nothing', async () => {
    const id = first.runs.find(({ vault }) => vault === 'contoso-empty')!.runId;
    expect(await app.snapshot(id)).toMatchObject({
      outcome: 'complete',
      sequence: 1,
      counts: { objects: 0 },
      previous: null,
    });
  });

  test('snapshots are listed newest first and by vault and tier', async () => {
    const list = async (query: string): Promise<string[]> =>
      (await app.call<SnapshotList>('GET', `/snapshots?${query}`)).body.snapshots.map(
        ({ vault, tier }) => `${vault} ${tier}`,
      );
    expect((await list('')).at(0)).toBe('contoso-web monthly');
    expect(await list('vault=contoso-web')).toEqual(['contoso-web monthly', 'contoso-web daily']);
    expect(await list('tier=daily&vault=contoso-prod')).toEqual(['contoso-prod daily']);
  });

  test('a run that has ended cannot be cancelled', async () => {
    expect((await problem('POST', `/runs/${first.runId}/cancel`)).slice(0, 2)).toEqual([409, 'run_ended']);
  });
});

test('while a run is under way, another of that vault and tier is refused, and nothing starts', async () => {
  await app.stack.control.put('/vault-service/latency', { ms: 150 });
  const { runId, runs } = await app.start({ vaults: ['contoso-prod'] });
  const refused = await app.call<Problem>('POST', '/backups', {
    body: { vaults: ['contoso-web', 'https://contoso-prod.vault.azure.net/'] },
  });
  expect([refused.status, refused.body.code, refused.body.runId]).toEqual([409, 'run_in_progress', runs[0]!.runId]);
  expect((await app.call<RunList>('GET', '/runs?vault=contoso-web&status=pending')).body.runs).toEqual([]);

  const other = await app.start({ vaults: ['contoso-prod'], tier: 'monthly' });
  await app.stack.control.put('/vault-service/latency', { ms: 0 });
  expect((await app.waitFor(runId)).status).toBe('succeeded');
  expect((await app.waitFor(other.runId)).status).toBe('succeeded');
});

test('of many starts at once one wins', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      app.call<StartedBackup>('POST', '/backups', { body: { vaults: ['contoso-prod'] } }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 7 }, () => 409)]);
  await app.waitFor(answers.find(({ status }) => status === 202)!.body.runId);
});
