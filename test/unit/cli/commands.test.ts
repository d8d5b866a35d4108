import {
  backupRun,
  counts,
  ESTATE_RUN,
  estateRun,
  objectView,
  openRun,
  PROD_RUN,
  snapshotView,
  TEST_RUN,
  twoVaults,
} from './example-views';
import { inTurn, ok, startExampleApi, type ExampleApi, type Route } from './example-api';
import { runInProcess, type CommandResult, type CommandSetting } from './in-process';

let api: ExampleApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function run(
  argv: readonly string[],
  routes: Record<string, Route>,
  setting: CommandSetting = {},
): Promise<CommandResult & { requests: ExampleApi['requests'] }> {
  api = await startExampleApi(routes);
  const result = await runInProcess([...argv, '--api', api.url], {
    ...setting,
    environment: { STRONGROOM_TOKEN: 'the-token', ...setting.environment },
  });
  return { ...result, requests: api.requests };
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('backup now', () => {
  const started = { runId: ESTATE_RUN, tier: 'daily', runs: twoVaults };

  test('asks for every vault, with the token in its header, and prints the ids', async () => {
    const result = await run(['backup', 'now'], { 'POST /api/backups': () => ({ status: 202, json: started }) });
    expect(result.requests).toEqual([
      { method: 'POST', path: '/api/backups', query: {}, token: 'the-token', body: {} },
    ]);
    expect(lines(result.stdout)).toEqual([
      `Started run ${ESTATE_RUN}: daily backup of 2 vaults`,
      '  VAULT         RUN',
      `  contoso-prod  ${PROD_RUN}`,
      `  contoso-test  ${TEST_RUN}`,
      `Follow it with: strongroom runs watch ${ESTATE_RUN}`,
    ]);
    expect(result).toMatchObject({ exit: 0, stderr: '' });
  });

  test('names vaults and tier, several to an option or an option each', async () => {
    const result = await run(['backup', 'now', '--vault', 'a', 'b', '--vault', 'c', '--tier', 'monthly', '--json'], {
      'POST /api/backups': () => ({ status: 202, json: started }),
    });
    expect(result.requests[0]?.body).toEqual({ vaults: ['a', 'b', 'c'], tier: 'monthly' });
    expect(JSON.parse(result.stdout)).toEqual(started);
  });

  test('watches to the end: lines on stderr, the table on stdout, the exit code by the outcome', async () => {
    const failed = backupRun({
      id: TEST_RUN,
      vault: 'contoso-test',
      status: 'partial',
      counts: counts({ objects: 12, stored: 9, failed: 3, byCode: { vault_throttled: 1, too_many_versions: 2 } }),
      progress: { done: 12, total: 12 },
    });
    const result = await run(['backup', 'now', '--watch'], {
      'POST /api/backups': () => ({ status: 202, json: started }),
      [`GET /api/runs/${ESTATE_RUN}`]: inTurn(
        ok(estateRun({ runs: twoVaults, ...openRun('running', 0, null) })),
        ok(estateRun({ runs: twoVaults, status: 'partial' })),
      ),
      [`GET /api/runs/${PROD_RUN}`]: inTurn(ok(backupRun(openRun('running', 100, 1240))), ok(backupRun())),
      [`GET /api/runs/${TEST_RUN}`]: inTurn({ status: 404, json: notFound }, ok(failed)),
    });
    expect(result.exit).toBe(3);
    expect(lines(result.stderr)).toEqual([
      expect.stringContaining('running: 100 of 1,240+ objects, 0 of 2 vaults'),
      '1:05 partial: 1,252 of 1,252 objects, 2 of 2 vaults, 3 failed',
    ]);
    expect(lines(result.stdout).slice(3)).toEqual(
      [
        `  contoso-test  ${TEST_RUN}`,
        'VAULT         STATUS     STORED  MANAGED  ABSENT  EXCLUDED  FAILED  TIME  RUN                            CODES',
        `contoso-prod  succeeded   1,200       39       1         0       0  1:05  ${PROD_RUN}  source_not_found 1`,
        `contoso-test  partial         9        0       0         0       3  1:05  ${TEST_RUN}  too_many_versions 2, vault_throttled 1`,
        'all                       1,209       39       1         0       3',
        '',
        `Run ${ESTATE_RUN}: partial, 1:05`,
      ].slice(0),
    );
  });

  const notFound = { status: 404, code: 'run_not_found', detail: 'there is no such run' };
});

describe('runs watch', () => {
  test.each([
    ['succeeded', 0],
    ['failed', 1],
    ['partial', 3],
    ['cancelled', 4],
  ] as const)('a run that is %s gives exit code %i', async (status, exit) => {
    const view = backupRun({ status, code: status === 'failed' ? 'vault_unreachable' : null });
    const result = await run(['runs', 'watch', PROD_RUN], { [`GET /api/runs/${PROD_RUN}`]: () => ok(view) });
    expect(result.exit).toBe(exit);
    expect(lines(result.stdout).at(-1)).toBe(
      `Run ${PROD_RUN}: ${status}${status === 'failed' ? ' (vault_unreachable)' : ''}, 1:05`,
    );
  });

  test('--json gives a line for every change, the last being the final run', async () => {
    const middle = estateRun(openRun('running', 0, null));
    const child = backupRun(openRun('running', 100, 1240));
    const result = await run(['runs', 'watch', ESTATE_RUN, '--json'], {
      [`GET /api/runs/${ESTATE_RUN}`]: inTurn(ok(middle), ok(middle), ok(estateRun())),
      [`GET /api/runs/${PROD_RUN}`]: inTurn(ok(child), ok(child), ok(backupRun())),
    });
    expect(lines(result.stdout).map((line) => JSON.parse(line) as unknown)).toEqual([
      child,
      middle,
      backupRun(),
      estateRun(),
    ]);
    expect(result).toMatchObject({ exit: 0, stderr: '' });
  });

  test('a backup that has ended is not asked for again', async () => {
    const result = await run(['runs', 'watch', ESTATE_RUN], {
      [`GET /api/runs/${ESTATE_RUN}`]: inTurn(ok(estateRun(openRun('running', 0, null))), ok(estateRun())),
      [`GET /api/runs/${PROD_RUN}`]: () => ok(backupRun()),
    });
    expect(result.requests.filter(({ path }) => path.endsWith(PROD_RUN))).toHaveLength(1);
  });
});

describe('runs list', () => {
  test('hands every filter on, and prints aligned lines in UTC with the age', async () => {
    const routes = {
      'GET /api/runs': () =>
        ok({
          runs: [
            backupRun({ trigger: 'schedule' }),
            backupRun({ id: TEST_RUN, vault: 'contoso-a-longer-name', ...openRun('running', 7, null) }),
          ],
          continuation: null,
        }),
    };
    const filters = ['--vault', 'contoso-prod', '--tier', 'daily', '--status', 'succeeded', '--kind', 'backup'];
    const times = ['--from', '2026-11-01', '--until', '2026-11-23T00:00:00+01:00'];
    const result = await run(['runs', 'list', ...filters, ...times, '--limit', '7'], routes);
    expect(result.requests[0]?.query).toEqual({
      vault: 'contoso-prod',
      tier: 'daily',
      status: 'succeeded',
      kind: 'backup',
      from: '2026-11-01T00:00:00.000Z',
      until: '2026-11-22T23:00:00.000Z',
      limit: '7',
    });
    expect(lines(result.stdout)).toEqual([
      'RUN                            KIND    VAULT                  TIER   STATUS     TRIGGER          DONE  FAILED  CREATED                            TOOK',
      `${PROD_RUN}  backup  contoso-prod           daily  succeeded  schedule  1,240/1,240       0  2026-11-22 02:00:00Z (3 h ago)     1:05`,
      `${TEST_RUN}  backup  contoso-a-longer-name  daily  running    manual            7/?       0  2026-11-22 02:00:00Z (3 h ago)  3:00:29`,
    ]);
  });

  test('reads pages of 200 until there are as many as asked for, and says that there is more', async () => {
    const page: Route = ({ query }) =>
      ok({
        runs: Array.from({ length: Number(query['limit']) }, () => backupRun()),
        continuation: `after-${query['limit'] ?? ''}`,
      });
    const result = await run(['runs', 'list', '--limit', '250'], { 'GET /api/runs': page });
    expect(result.requests.map(({ query }) => query)).toEqual([
      { limit: '200' },
      { limit: '50', continuation: 'after-200' },
    ]);
    expect(lines(result.stdout).at(-1)).toContain('--all for all');
  });

  test('--all reads to the last page; --json is one document', async () => {
    const result = await run(['runs', 'list', '--all', '--json'], {
      'GET /api/runs': inTurn(
        ok({ runs: [backupRun()], continuation: 'c1' }),
        ok({ runs: [], continuation: 'c2' }),
        ok({ runs: [estateRun()], continuation: null }),
      ),
    });
    expect(result.requests.map(({ query }) => query['continuation'])).toEqual([undefined, 'c1', 'c2']);
    expect(JSON.parse(result.stdout)).toEqual({ runs: [backupRun(), estateRun()], continuation: null });
  });

  test('says that there are none', async () => {
    const result = await run(['runs', 'list'], { 'GET /api/runs': () => ok({ runs: [], continuation: null }) });
    expect(result).toMatchObject({ exit: 0, stdout: 'No such runs.\n' });
  });
});

describe('runs show', () => {
  test('tells all about a run', async () => {
    const view = backupRun({
      status: 'partial',
      warnings: ['recipient_not_approved'],
      scheduledFor: '2026-11-22T02:00:00Z',
    });
    const result = await run(['runs', 'show', PROD_RUN], { [`GET /api/runs/${PROD_RUN}`]: () => ok(view) });
    expect(result.exit).toBe(0);
    expect(lines(result.stdout)).toEqual([
      `Run ${PROD_RUN}`,
      '  kind            backup of contoso-prod',
      '  tier            daily',
      '  status          partial',
      '  warnings        recipient_not_approved',
      '  trigger         manual',
      '  scheduled for   2026-11-22 02:00:00Z (3 h ago)',
      '  created         2026-11-22 02:00:00Z (3 h ago)',
      '  started         2026-11-22 02:00:01Z (3 h ago)',
      '  ended           2026-11-22 02:01:06Z (2 h ago)',
      '  took            1:05',
      '  objects         1,240/1,240',
      '  outcomes        1,200 stored, 39 managed, 1 absent, 0 excluded, 0 failed',
      '  kinds           1,000 secrets, 240 keys, 0 certificates',
      '  codes           source_not_found 1',
      `  snapshot        ${PROD_RUN}`,
      `  estate run      ${ESTATE_RUN}`,
      '  correlation id  7f9d2c1e-0000-4000-8000-000000000001',
    ]);
  });

  test('of an estate, shows its vaults as well', async () => {
    const result = await run(['runs', 'show', ESTATE_RUN], {
      [`GET /api/runs/${ESTATE_RUN}`]: () => ok(estateRun()),
      [`GET /api/runs/${PROD_RUN}`]: () => ok(backupRun()),
    });
    expect(result.stdout).toMatch(/\nVAULT .*\ncontoso-prod {2}succeeded .*\n$/);
  });

  test('--objects lists them all, chosen by outcome, kind and code', async () => {
    const gone = objectView({
      name: 'old',
      outcome: 'absent',
      code: 'source_not_found',
      versions: 0,
      payloads: [],
      blob: null,
      bytes: null,
    });
    const routes = {
      [`GET /api/runs/${PROD_RUN}`]: () => ok(backupRun()),
      [`GET /api/runs/${PROD_RUN}/objects`]: inTurn(
        ok({ objects: [objectView()], continuation: 'more' }),
        ok({ objects: [gone], continuation: null }),
      ),
    };
    const chosen = ['--objects', '--outcome', 'absent', '--kind', 'secret', '--code', 'source_not_found'];
    const result = await run(['runs', 'show', PROD_RUN, ...chosen], routes);
    expect(result.requests.at(-1)?.query).toEqual({
      outcome: 'absent',
      kind: 'secret',
      code: 'source_not_found',
      limit: '200',
      continuation: 'more',
    });
    expect(lines(result.stdout).slice(-3)).toEqual([
      'KIND    NAME         OUTCOME  VERSIONS  BYTES  CODE              PAYLOADS  BLOB',
      'secret  db-password  stored          3  4,096  -                 native    items/0d5c.jwe',
      'secret  old          absent          0      -  source_not_found  -         -',
    ]);
  });

  test('--objects --json is one document with the run and its objects', async () => {
    const result = await run(['runs', 'show', PROD_RUN, '--objects', '--json'], {
      [`GET /api/runs/${PROD_RUN}`]: () => ok(backupRun()),
      [`GET /api/runs/${PROD_RUN}/objects`]: () => ok({ objects: [objectView()], continuation: null }),
    });
    expect(JSON.parse(result.stdout)).toEqual({ run: backupRun(), objects: [objectView()] });
  });

  test('what an older program does not know is passed on by --json', async () => {
    const view = { ...backupRun(), kind: 'rehearsal', addedLater: { a: 1 } };
    const result = await run(['runs', 'show', PROD_RUN, '--json'], { [`GET /api/runs/${PROD_RUN}`]: () => ok(view) });
    expect(JSON.parse(result.stdout)).toEqual(view);
  });
});

test('runs cancel asks for the end and shows the run', async () => {
  const view = backupRun({ ...openRun('running', 3, 10), cancelRequestedAt: '2026-11-22T02:00:30Z' });
  const result = await run(['runs', 'cancel', PROD_RUN], {
    [`POST /api/runs/${PROD_RUN}/cancel`]: () => ({ status: 202, json: view }),
    [`GET /api/runs/${PROD_RUN}`]: () => ok(view),
  });
  expect(result.exit).toBe(0);
  expect(result.stdout).toContain(`Asked run ${PROD_RUN} to end`);
  expect(result.stdout).toContain('cancel asked    2026-11-22 02:00:30Z (3 h ago)');
});

describe('snapshots', () => {
  test('list prints a line each', async () => {
    const result = await run(['snapshots', 'list', '--vault', 'contoso-prod', '--tier', 'daily'], {
      'GET /api/snapshots': () => ok({ snapshots: [snapshotView()], continuation: null }),
    });
    expect(result.requests[0]?.query).toEqual({ vault: 'contoso-prod', tier: 'daily', limit: '25' });
    expect(lines(result.stdout)[1]).toBe(
      `${PROD_RUN}  contoso-prod  daily  complete         7   1,201       0  5,242,880  2026-11-22 02:01:06Z (2 h ago)  2026-12-22 02:01:06Z (in 29 days)`,
    );
  });

  test('show tells what the manifest says', async () => {
    const result = await run(['snapshots', 'show', PROD_RUN], {
      [`GET /api/snapshots/${PROD_RUN}`]: () => ok(snapshotView()),
    });
    expect(result.stdout).toContain('vault           contoso-prod (https://contoso-prod.vault.azure.net)');
    expect(result.stdout).toContain('stored          1,205 blobs, 5,242,880 bytes');
    expect(result.stdout).toContain('recipient       offline key offline-thumbprint');
    expect(result.stdout).toContain('next due        2026-11-23 02:00:00Z (in 20 h)');
  });

  test('show --json is the answer itself', async () => {
    const result = await run(['snapshots', 'show', PROD_RUN, '--json'], {
      [`GET /api/snapshots/${PROD_RUN}`]: () => ok(snapshotView()),
    });
    expect(JSON.parse(result.stdout)).toEqual(snapshotView());
  });
});

describe('health', () => {
  const routes = { 'GET /api/health': () => ok({ status: 'up' }) };

  test('is up', async () => {
    const result = await run(['health'], routes);
    expect(result).toMatchObject({ exit: 0, stdout: `up  ${api?.url ?? ''}\n` });
  });

  test('--json is the answer itself', async () => {
    expect(JSON.parse((await run(['health', '--json'], routes)).stdout)).toEqual({ status: 'up' });
  });
});

describe('colour', () => {
  const routes = { [`GET /api/runs/${PROD_RUN}`]: () => ok(backupRun()) };
  const escape = '\u001b[';

  test('only on a terminal', async () => {
    expect((await run(['runs', 'show', PROD_RUN], routes, { terminal: true })).stdout).toContain(escape);
    await api?.close();
    expect((await run(['runs', 'show', PROD_RUN], routes)).stdout).not.toContain(escape);
  });

  test('not with --no-color', async () => {
    const result = await run(['runs', 'show', PROD_RUN, '--no-color'], routes, { terminal: true });
    expect(result.stdout).not.toContain(escape);
  });

  test('not with NO_COLOR', async () => {
    const result = await run(['runs', 'show', PROD_RUN], routes, { terminal: true, environment: { NO_COLOR: '1' } });
    expect(result.stdout).not.toContain(escape);
  });
});
