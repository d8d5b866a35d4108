import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainSilence } from '../../../src/cli/answer-failures';
import { ApiClient } from '../../../src/cli/api-client';
import { CORRELATION_ID, ESTATE_RUN, estateRun, PROD_RUN, problem } from './example-views';
import { ok, refusal, startExampleApi, type Answer, type ExampleApi } from './example-api';
import { runInProcess, type CommandResult } from './in-process';

const TOKEN = 'the-secret-token';
const nowhere = mkdtempSync(join(tmpdir(), 'strongroom-cli-'));
let api: ExampleApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

/** Runs a command against an API that answers everything alike. */
async function against(answer: Answer, argv: readonly string[], token: string = TOKEN): Promise<CommandResult> {
  const routes = ['POST /api/backups', 'GET /api/runs', `GET /api/runs/${PROD_RUN}`, 'GET /api/health'];
  api = await startExampleApi(Object.fromEntries(routes.map((route) => [route, () => answer])));
  const environment = token === '' ? {} : { STRONGROOM_TOKEN: token };
  const result = await runInProcess([...argv, '--api', api.url], { environment, workingDirectory: nowhere });
  expect(result.stdout + result.stderr).not.toContain(TOKEN);
  return result;
}

const errorOf = (result: CommandResult): unknown => (JSON.parse(result.stdout) as { error: unknown }).error;

describe('a problem of the API', () => {
  test('is printed with its code and correlation id: exit code 5', async () => {
    const answer = refusal(problem(404, 'unknown_vault', 'No vault is called contoso-prd.'));
    const result = await against(answer, ['backup', 'now', '--vault', 'contoso-prd']);
    expect(result).toEqual({
      exit: 5,
      stdout: '',
      stderr: `strongroom: unknown_vault: No vault is called contoso-prd.\n  correlation id: ${CORRELATION_ID}\n`,
    });
  });

  test('run_in_progress names the run in the way', async () => {
    const answer = refusal(problem(409, 'run_in_progress', 'contoso-prod is being backed up.', { runId: PROD_RUN }));
    const result = await against(answer, ['backup', 'now']);
    expect(result.exit).toBe(5);
    expect(result.stderr).toContain(`run in the way: ${PROD_RUN}`);
    expect(result.stderr).toContain(`strongroom runs watch ${PROD_RUN}`);
  });

  test('invalid_request says where', async () => {
    const errors = [{ path: 'vaults.0', message: 'is empty' }];
    const result = await against(refusal(problem(400, 'invalid_request', 'Wrong body.', { errors })), [
      'backup',
      'now',
    ]);
    expect(result.stderr).toContain('  vaults.0: is empty\n');
  });

  test('--json puts it on stdout as a document', async () => {
    const answer = refusal(problem(409, 'run_in_progress', 'Busy.', { runId: PROD_RUN }));
    const result = await against(answer, ['backup', 'now', '--json']);
    expect(errorOf(result)).toEqual({
      code: 'run_in_progress',
      detail: 'Busy.',
      exitCode: 5,
      status: 409,
      correlationId: CORRELATION_ID,
      runId: PROD_RUN,
    });
  });

  test('of status 5xx is exit code 6, and says that a run may have started', async () => {
    const answer = refusal(problem(503, 'host_unavailable', 'The host does not answer.'));
    const result = await against(answer, ['backup', 'now']);
    expect(result.exit).toBe(6);
    expect(result.stderr).toContain('host_unavailable: The host does not answer.');
    expect(result.stderr).toContain('a run may have started all the same');
  });

  test('cannot steer the terminal', async () => {
    const answer = refusal(problem(404, 'run_not_found', 'none\u001b[2Jof them\u009b1m'));
    expect((await against(answer, ['runs', 'show', PROD_RUN])).stderr).toContain('none [2Jof them 1m');
  });
});

describe('an answer that is none of the API', () => {
  test.each<[string, Answer, number, string, string]>([
    ['401 with a token', { status: 401, text: '' }, 5, 'unauthorized', 'the token is not taken (HTTP 401)'],
    ['403 of a stopped app', { status: 403, text: '<html>stopped' }, 5, 'forbidden', 'does not let this request in'],
    ['404 of the host', { status: 404, text: '' }, 6, 'api_not_found', 'there is no Strongroom API at'],
    ['429 of the host', { status: 429, text: '' }, 6, 'api_busy', 'too many requests'],
    ['503 while it starts', { status: 503, text: 'not running' }, 6, 'api_unavailable', 'server error (HTTP 503)'],
    ['405', { status: 405, text: '' }, 5, 'unexpected_answer', 'refused the request (HTTP 405)'],
    ['HTML', { status: 200, text: '<!doctype html>' }, 6, 'unexpected_answer', 'is not Strongroom'],
    ['JSON of somebody else', ok({ hello: 'world' }), 6, 'unexpected_answer', 'is not Strongroom'],
    ['a torn connection', { torn: true }, 6, 'api_unreachable', 'failed'],
  ])('%s', async (_name, answer, exit, code, text) => {
    const result = await against(answer, ['runs', 'list']);
    expect(result.exit).toBe(exit);
    expect(result.stderr).toContain(`strongroom: ${code}: `);
    expect(result.stderr).toContain(text);
    expect(result.stdout).toBe('');
  });

  test('without a token and a scope nothing is sent, and the ways to sign in are told', async () => {
    const result = await against({ status: 401, text: '' }, ['runs', 'list'], '');
    expect(result).toMatchObject({ exit: 2 });
    expect(result.stderr).toContain('not_signed_in');
    expect(result.stderr).toContain('STRONGROOM_SCOPE');
    expect(api?.requests).toEqual([]);
  });

  test('a redirection is not followed, and its query not repeated', async () => {
    const headers = { location: 'https://login.example/authorize?state=private' };
    const result = await against({ status: 302, text: '', headers }, ['runs', 'list']);
    expect(result.exit).toBe(6);
    expect(result.stderr).toContain('it points to https://login.example:');
    expect(result.stderr).not.toContain('private');
    expect(api?.requests).toHaveLength(1);
  });
});

describe('no answer', () => {
  test('a port without a listener says what to start, and that nothing was sent', async () => {
    const closed = await startExampleApi({});
    await closed.close();
    const environment = { STRONGROOM_TOKEN: TOKEN };
    const result = await runInProcess(['backup', 'now', '--api', closed.url], { environment });
    expect(result.exit).toBe(6);
    expect(result.stderr).toContain(`nothing listens at ${closed.url} (ECONNREFUSED)`);
    expect(result.stderr).toContain('start the stack with `npm start`');
    expect(result.stderr).not.toContain('may have started');
  });

  test('a host name that nobody knows is told, and nothing else of a foreign error', () => {
    const location = {
      base: 'https://strongroom.example',
      token: { value: TOKEN, source: 'STRONGROOM_TOKEN' },
      source: 'STRONGROOM_API',
    };
    const cause = new TypeError(`fetch failed with ${TOKEN}`, { cause: { code: 'ENOTFOUND' } });
    expect(explainSilence(cause, location, 1000)).toMatchObject({
      code: 'api_unreachable',
      message: 'the host name of https://strongroom.example cannot be resolved (ENOTFOUND)',
      facts: { exit: 6, unsent: true, hints: ['check STRONGROOM_API'] },
    });
  });

  test('an API that is silent is given up', async () => {
    api = await startExampleApi({ 'GET /api/health': () => ({ silent: true }) });
    const location = { base: api.url, token: undefined, source: '--api' };
    const client = new ApiClient({
      location,
      signIn: () => Promise.reject(new Error()),
      signal: new AbortController().signal,
      timeoutMs: 50,
    });
    await expect(client.health()).rejects.toMatchObject({
      code: 'api_timeout',
      message: `${api.url} has not answered within 0.05 seconds`,
      facts: { exit: 6, retryable: true },
    });
  });
});

describe('wrong usage is exit code 2', () => {
  test.each<[string[], string]>([
    [['runs', 'list', '--status', 'done'], "argument 'done' is invalid"],
    [['runs', 'list', '--limit', '0'], 'a whole number of at least 1'],
    [['runs', 'list', '--limit', '5', '--all'], 'cannot be used with'],
    [['runs', 'list', '--from', 'yesterday'], 'Give a time in UTC'],
    [['runs', 'show', 'contoso-prod'], 'An id looks like'],
    [['runs', 'show', PROD_RUN, '--outcome', 'failed'], 'they need --objects'],
    [['runs', 'show'], "missing required argument 'id'"],
    [['backup', 'now', '--vault'], 'argument missing'],
    [['backup', 'now', 'contoso-prod'], 'too many arguments'],
    [['backup', 'soon'], "unknown command 'soon'"],
    [['runs', 'list', '--colour'], "unknown option '--colour'"],
    [['runs'], 'Usage: strongroom runs'],
    [[], 'Usage: strongroom'],
  ])('%j', async (argv, text) => {
    const result = await runInProcess(argv, { environment: { STRONGROOM_API: 'http://127.0.0.1:1' } });
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toContain(text);
  });

  test('--json has it as a document as well', async () => {
    const result = await runInProcess(['runs', 'show', 'nonsense', '--json']);
    expect(result.exit).toBe(2);
    expect(errorOf(result)).toMatchObject({ code: 'wrong_usage', exitCode: 2 });
  });

  test('--objects of an estate names its vaults', async () => {
    api = await startExampleApi({ [`GET /api/runs/${ESTATE_RUN}`]: () => ok(estateRun()) });
    const environment = { STRONGROOM_TOKEN: TOKEN };
    const result = await runInProcess(['runs', 'show', ESTATE_RUN, '--objects', '--api', api.url], { environment });
    expect(result.exit).toBe(2);
    expect(result.stderr).toContain(`contoso-prod: strongroom runs show ${PROD_RUN} --objects`);
  });
});

test('--help tells examples and exit codes on stdout: exit code 0', async () => {
  const result = await runInProcess(['--help']);
  expect(result).toMatchObject({ exit: 0, stderr: '' });
  expect(result.stdout).toContain('Exit codes:');
  expect(result.stdout).toContain('strongroom backup now --watch');
});
