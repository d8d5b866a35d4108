import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurn, ok, startExampleApi, type ExampleApi, type Route } from '../unit/cli/example-api';
import { backupRun, ESTATE_RUN, estateRun, openRun, PROD_RUN } from '../unit/cli/example-views';

// The compiled program as an operator calls it, against a server that answers by the API's contract.

const PROGRAM = join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
const TOKEN = 'the-secret-token';

interface Ended {
  exit: number | null;
  stdout: string;
  stderr: string;
}

let folder: string;
let api: ExampleApi | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-cli-e2e-'));
});

afterEach(async () => {
  await api?.close();
  api = undefined;
  rmSync(folder, { recursive: true });
});

function start(
  argv: readonly string[],
  environment: Record<string, string> = {},
  cwd = folder,
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
  });
  child.stdin.end();
  return child;
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const chunks = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      chunks[name] += chunk.toString();
    });
  }
  return new Promise((resolve) => {
    child.on('close', (exit) => {
      resolve({ exit, ...chunks });
    });
  });
}

async function run(argv: readonly string[], routes: Record<string, Route>): Promise<Ended> {
  api = await startExampleApi(routes);
  const result = await ended(start(argv, { STRONGROOM_API: api.url, STRONGROOM_TOKEN: TOKEN }));
  expect(result.stdout + result.stderr).not.toContain(TOKEN);
  return result;
}

const running = ok(backupRun(openRun('running', 100, 1240)));
const estateRunning = ok(estateRun(openRun('running', 100, 1240)));
const started: Route = () => ({
  status: 202,
  json: { runId: ESTATE_RUN, tier: 'daily', runs: [{ vault: 'contoso-prod', runId: PROD_RUN }] },
});

test('finds the stack of a folder above, and sends its token', async () => {
  api = await startExampleApi({ 'GET /api/runs': () => ok({ runs: [backupRun()], continuation: null }) });
  mkdirSync(join(folder, '.strongroom'));
  writeFileSync(join(folder, '.strongroom', 'stack.json'), JSON.stringify({ api: api.url, token: TOKEN }));
  const below = join(folder, 'below');
  mkdirSync(below);
  const result = await ended(start(['runs', 'list', '--json'], {}, below));
  expect(result).toMatchObject({ exit: 0, stderr: '' });
  expect(JSON.parse(result.stdout)).toEqual({ runs: [backupRun()], continuation: null });
  expect(api.requests[0]?.token).toBe(TOKEN);
});

test('watches a backup to its end through a blip of the API', async () => {
  const result = await run(['backup', 'now', '--watch', '--tier', 'monthly'], {
    'POST /api/backups': started,
    [`GET /api/runs/${ESTATE_RUN}`]: inTurn(
      estateRunning,
      { torn: true },
      { status: 503, text: 'Function host is not running.' },
      ok(estateRun()),
    ),
    [`GET /api/runs/${PROD_RUN}`]: inTurn(running, ok(backupRun())),
  });
  expect(result.exit).toBe(0);
  expect(result.stderr).toContain('100 of 1,240 objects');
  expect(result.stderr).toContain('trying again for 60 seconds');
  expect(result.stderr).toContain('the API answers again');
  expect(result.stdout).toContain(`Run ${ESTATE_RUN}: succeeded`);
  expect(result.stdout).not.toContain('\u001b');
});

test.each([
  ['failed', 1],
  ['partial', 3],
  ['cancelled', 4],
] as const)('a backup that is %s ends with exit code %i, its last line of JSON being the run', async (status, exit) => {
  const result = await run(['backup', 'now', '--watch', '--json'], {
    'POST /api/backups': started,
    [`GET /api/runs/${ESTATE_RUN}`]: () => ok(estateRun({ status })),
    [`GET /api/runs/${PROD_RUN}`]: () => ok(backupRun({ status })),
  });
  expect(result.exit).toBe(exit);
  const last = result.stdout.trimEnd().split('\n').at(-1);
  expect(JSON.parse(last ?? '')).toEqual(estateRun({ status }));
});

test('Ctrl-C ends the watching and not the run: exit code 130', async () => {
  api = await startExampleApi({ [`GET /api/runs/${PROD_RUN}`]: () => running });
  const child = start(['runs', 'watch', PROD_RUN], { STRONGROOM_API: api.url, STRONGROOM_TOKEN: TOKEN });
  child.stderr.once('data', () => child.kill('SIGINT'));
  const result = await ended(child);
  expect(result.exit).toBe(130);
  expect(result.stderr).toContain(`the run goes on; look at it with: strongroom runs watch ${PROD_RUN}`);
  expect(api.requests.every(({ method }) => method === 'GET')).toBe(true);
});

test('a reader that closes the pipe early gets no stack trace', async () => {
  const runs = Array.from({ length: 2000 }, () => backupRun());
  api = await startExampleApi({ 'GET /api/runs': () => ok({ runs, continuation: null }) });
  const child = start(['runs', 'list', '--json'], { STRONGROOM_API: api.url, STRONGROOM_TOKEN: TOKEN });
  child.stdout.once('data', () => child.stdout.destroy());
  const result = await ended(child);
  expect(result).toMatchObject({ exit: 141, stderr: '' });
});

test('without any API: exit code 2, and all three ways to name one', async () => {
  const result = await ended(start(['runs', 'list']));
  expect(result.exit).toBe(2);
  expect(result.stderr).toContain('api_not_configured');
  expect(result.stderr).not.toContain(' at ');
});

test('refused by the host: exit code 5', async () => {
  const result = await run(['runs', 'list'], { 'GET /api/runs': () => ({ status: 401, text: '' }) });
  expect(result.exit).toBe(5);
  expect(result.stderr).toContain('the token is not taken');
});

test('nobody there: exit code 6, with what to start', async () => {
  const closed = await startExampleApi({});
  await closed.close();
  const result = await ended(start(['health', '--json', '--api', closed.url]));
  expect(result.exit).toBe(6);
  expect(result.stderr).toContain('`npm start`');
  expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'api_unreachable', exitCode: 6 } });
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await ended(start(['--version']))).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' });
});
