import { type CredentialSource } from '../../../src/cli/sign-in';
import { backupRun, openRun, PROD_RUN, problem } from './example-views';
import { inTurn, ok, refusal, startExampleApi, type ExampleApi, type Route } from './example-api';
import { runInProcess, type CommandResult } from './in-process';

const NOW = new Date('2026-11-22T05:00:00Z');
const SCOPE = 'api://66666666-2222-4333-8444-555555555555/.default';
const ME = { objectId: 'o', name: null, appId: 'a', tenantId: 't', roles: ['Strongroom.Reader'] };

let api: ExampleApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

interface Asked {
  wishes: unknown[];
  scopes: string[];
}

/** Hands out `token-1`, `token-2`… which live so many minutes. */
function issuing(minutes: number): { asked: Asked; credentials: CredentialSource } {
  const asked: Asked = { wishes: [], scopes: [] };
  return {
    asked,
    credentials: (wish, prompt) => {
      asked.wishes.push(wish);
      return Promise.resolve({
        getToken: (scope) => {
          asked.scopes.push(scope);
          prompt('https://login.example/device', 'CODE\u001b[2J');
          const expiresOnTimestamp = NOW.getTime() + minutes * 60_000;
          return Promise.resolve({ token: `token-${asked.scopes.length}`, expiresOnTimestamp });
        },
      });
    },
  };
}

async function run(
  argv: readonly string[],
  routes: Record<string, Route>,
  environment: Record<string, string>,
  credentials?: CredentialSource,
): Promise<CommandResult> {
  api = await startExampleApi(routes);
  const setting = { environment, now: NOW, ...(credentials === undefined ? {} : { credentials }) };
  return runInProcess([...argv, '--api', api.url], setting);
}

const me = { 'GET /api/me': () => ok(ME) };

test('without a token at hand it signs in to the scope that the person trusts, and says who that is', async () => {
  const { asked, credentials } = issuing(60);
  const result = await run(['whoami'], me, { STRONGROOM_SCOPE: SCOPE }, credentials);
  expect(result).toMatchObject({ exit: 0 });
  expect(result.stdout).toBe('  object  o\n  client  a\n  tenant  t\n  roles   Strongroom.Reader\n');
  expect(asked).toEqual({ wishes: [{ method: 'default', tenantId: undefined }], scopes: [SCOPE] });
  expect(api?.requests.map(({ token }) => token)).toEqual(['token-1']);
});

test.each([
  ['--device-code', ['--device-code'], {}],
  ['STRONGROOM_SIGN_IN', [], { STRONGROOM_SIGN_IN: 'device-code' }],
])('%s: the code is told on stderr, and cannot steer the terminal', async (_, options, environment) => {
  const { asked, credentials } = issuing(60);
  const all = { STRONGROOM_SCOPE: SCOPE, STRONGROOM_TENANT: 'contoso.example', ...environment };
  const result = await run(['whoami', '--json', ...options], me, all, credentials);
  expect(result.stderr).toBe('To sign in, open https://login.example/device and enter the code CODE [2J\n');
  expect(JSON.parse(result.stdout)).toEqual(ME);
  expect(asked.wishes).toEqual([{ method: 'device-code', tenantId: 'contoso.example' }]);
});

test.each([
  [60, ['token-1', 'token-1', 'token-1']],
  [1, ['token-1', 'token-2', 'token-3']],
])('a token that lives %i minutes is used as long as it lives, and no longer', async (minutes, tokens) => {
  const { credentials } = issuing(minutes);
  const running = ok(backupRun(openRun('running', 100, 1240)));
  const routes = { [`GET /api/runs/${PROD_RUN}`]: inTurn(running, running, ok(backupRun())) };
  expect((await run(['runs', 'watch', PROD_RUN], routes, { STRONGROOM_SCOPE: SCOPE }, credentials)).exit).toBe(0);
  expect(api?.requests.map(({ token }) => token)).toEqual(tokens);
});

test('health is for anybody: nobody signs in, and no token is sent', async () => {
  const routes = { 'GET /api/health': () => ok({ status: 'up' }) };
  expect((await run(['health'], routes, { STRONGROOM_TOKEN: 'sesame' })).exit).toBe(0);
  expect(api?.requests[0]?.token).toBeUndefined();
});

test.each<[string, Record<string, string>, string]>([
  ['no scope', {}, 'not_signed_in'],
  ['a scope that is none', { STRONGROOM_SCOPE: 'a b' }, 'invalid_sign_in'],
  ['the scope of Key Vault', { STRONGROOM_SCOPE: 'https://vault.azure.net/.default' }, 'invalid_sign_in'],
  ['the scope of Azure', { STRONGROOM_SCOPE: 'https://management.azure.com//.default' }, 'invalid_sign_in'],
  ['the scope of Graph', { STRONGROOM_SCOPE: 'https://graph.microsoft.com/.default' }, 'invalid_sign_in'],
  ['an unknown way', { STRONGROOM_SCOPE: SCOPE, STRONGROOM_SIGN_IN: 'magic' }, 'invalid_sign_in'],
  ['a code and no tenant', { STRONGROOM_SCOPE: SCOPE, STRONGROOM_SIGN_IN: 'device-code' }, 'invalid_sign_in'],
])('%s is wrong usage: nobody is asked for a token, nothing is sent', async (_, environment, code) => {
  const { asked, credentials } = issuing(60);
  const result = await run(['whoami'], me, environment, credentials);
  expect(result).toMatchObject({ exit: 2, stdout: '' });
  expect(result.stderr).toContain(`strongroom: ${code}: `);
  expect([asked.wishes, api?.requests]).toEqual([[], []]);
});

test('nobody signs in for an address that would see the token in clear text', async () => {
  const { asked, credentials } = issuing(60);
  const environment = { STRONGROOM_SCOPE: SCOPE, STRONGROOM_API: 'http://strongroom.example' };
  const result = await runInProcess(['whoami'], { environment, credentials });
  expect(result).toMatchObject({ exit: 2 });
  expect(result.stderr).toContain('use https');
  expect(asked.scopes).toEqual([]);
});

test('of a failed sign-in the number is repeated and nothing else', async () => {
  const inner = new Error('AADSTS500011: The resource principal named SECRET was not found. Trace ID: 1');
  const cause = Object.assign(new Error('chain SECRET'), { errors: [inner, new Error('az: not found')] });
  const credentials: CredentialSource = () => Promise.resolve({ getToken: () => Promise.reject(cause) });
  const result = await run(['whoami'], me, { STRONGROOM_SCOPE: SCOPE }, credentials);
  expect(result).toMatchObject({ exit: 5, stdout: '' });
  expect(result.stderr).toContain('sign_in_failed: no token could be got from Entra ID (AADSTS500011)');
  expect(result.stderr).toContain('az login');
  expect(result.stderr).not.toContain('SECRET');
  expect(api?.requests).toEqual([]);
});

const unauthenticated = refusal(problem(401, 'unauthenticated', 'The bearer token is not valid for this app.'));
const roleMissing = refusal(problem(403, 'role_missing', 'This needs one of the app roles Strongroom.Admin.'));

test.each<[string, Record<string, string>, Route, string]>([
  ['a token of one’s own', { STRONGROOM_TOKEN: 'mine' }, () => unauthenticated, 'has expired or is not for this app'],
  ['a sign-in', { STRONGROOM_SCOPE: SCOPE }, () => unauthenticated, 'az login --tenant'],
  ['a role that is missing', { STRONGROOM_TOKEN: 'mine' }, () => roleMissing, 'strongroom whoami'],
])('%s that the app does not take: what to do is said', async (_, environment, answer, hint) => {
  const result = await run(['runs', 'list'], { 'GET /api/runs': answer }, environment, issuing(60).credentials);
  expect(result.exit).toBe(5);
  expect(result.stderr).toContain(hint);
  expect(result.stderr).not.toContain('mine\n');
});
