import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader, type JWK, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { API_AUDIENCE, OPERATOR, TENANT_ID } from '../../local/stack/estate';
import { type CallerView, type Problem } from '../../src/contracts/api';
import { type Role, roles } from '../../src/contracts/callers';
import { contractOf, type RouteName, routes } from '../../src/contracts/routes';
import { AppOnStack, type TokenWish } from './app-on-stack';

// Every route of the table against every kind of caller, on the compiled app. Nothing is protected, so that who is let in can do no harm.

const names = Object.keys(routes) as RouteName[];
const guarded = names.filter((name) => contractOf(name).roles !== 'anonymous');
const OTHER_TENANT = '0f0f0f0f-1111-4222-8333-444444444444';

let app: AppOnStack;
/** Every token that was refused; none of them may be found in a log. */
const refusedTokens: string[] = [];

beforeAll(async () => {
  app = await AppOnStack.start({}, { modes: { timers: false } });
});
afterAll(() => app.stop());

interface Credentials {
  headers?: Record<string, string>;
  query?: string;
}

const bearer = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` } });

interface Met {
  status: number;
  code: string | undefined;
  challenge: string | null;
  body: unknown;
}

/** Calls a route with an id that nothing has. */
async function call(name: RouteName, { headers = {}, query = '' }: Credentials): Promise<Met> {
  const { method, path } = contractOf(name);
  const filled = path.replace('{id}', '20261122T020000Z-1f0c9a7e55d1').replace(/\{\w+\}/g, 'contoso-none');
  const response = await fetch(`${app.stack.endpoints.api}/api/${filled}${query}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    // What a prune deletes takes more than the route's roles: test/e2e/prune.test.ts.
    ...(method === 'GET' ? {} : { body: name === 'startPrune' ? '{"dryRun":true}' : '{}' }),
  });
  const text = await response.text();
  const body = (text === '' ? undefined : JSON.parse(text)) as Partial<Problem> | undefined;
  return { status: response.status, code: body?.code, challenge: response.headers.get('www-authenticate'), body };
}

async function callAll(credentials: Credentials, only = guarded): Promise<Record<string, Met>> {
  const met = await Promise.all(only.map(async (name) => [name, await call(name, credentials)] as const));
  return Object.fromEntries(met);
}

/** Every guarded route answers 401 and says no more than that. */
async function expectAllRefused(credentials: Credentials, challenge: string): Promise<void> {
  const refusal = { status: 401, code: 'unauthenticated', challenge };
  const expected = Object.fromEntries(guarded.map((name) => [name, expect.objectContaining(refusal) as unknown]));
  expect(await callAll(credentials)).toEqual(expected);
}

test('every route says who may call it, and health alone is for anybody', () => {
  expect(guarded.length).toBe(names.length - 1);
  for (const name of guarded) {
    const allowed = contractOf(name).roles as readonly Role[];
    expect({ name, some: allowed.length > 0, known: allowed.every((role) => roles.includes(role)) }).toEqual({
      ...{ name, some: true, known: true },
    });
  }
});

test('health asks for nothing', async () => {
  for (const credentials of [{}, bearer('garbage')])
    expect(await call('health', credentials)).toMatchObject({ status: 200, body: { status: 'up' } });
});

test.each(roles)('the role %s alone opens the routes that name it, and no other', async (role) => {
  const met = await callAll(bearer(await app.tokenFor({ roles: [role] })));
  for (const name of guarded) {
    const wanted = contractOf(name).roles as readonly Role[];
    const { status, code, challenge, body } = met[name]!;
    if (wanted.includes(role)) {
      // Whatever the route says to an id that nothing has: it was the app that said it, and to somebody whom it let in.
      expect({ name, admitted: ![401, 403].includes(status) && status < 500 && body !== undefined }).toEqual({
        ...{ name, admitted: true },
      });
    } else {
      expect({ name, status, code, challenge, roles: (body as Problem).roles }).toEqual({
        ...{ name, status: 403, code: 'role_missing', roles: [...wanted] },
        challenge: 'Bearer realm="strongroom", error="insufficient_scope"',
      });
    }
  }
});

test.each<[string, TokenWish]>([
  ['no roles', { roles: [] }],
  ['roles of another app', { roles: ['Reader', 'strongroom.admin', 'Strongroom.Root', ' Strongroom.Admin'] }],
])('with %s every route is 403', async (_, wish) => {
  const met = await callAll(bearer(await app.tokenFor(wish)));
  expect(new Set(Object.values(met).map(({ status, code }) => `${status} ${code ?? ''}`))).toEqual(
    new Set(['403 role_missing']),
  );
});

const HOUR = 3600;
const now = (): number => Math.floor(app.stack.now().getTime() / 1000);

test.each<[string, () => TokenWish]>([
  ['expired', () => ({ expiresIn: -120 })],
  ['not yet valid', () => ({ claims: { nbf: now() + HOUR, exp: now() + 2 * HOUR } })],
  ['issued in the future', () => ({ claims: { iat: now() + HOUR } })],
  ['without an end', () => ({ claims: { exp: null } })],
  ['for another audience', () => ({ audience: 'https://vault.azure.net' })],
  ['for an audience like ours', () => ({ audience: `${API_AUDIENCE}/` })],
  ['of another tenant', () => ({ tenantId: OTHER_TENANT })],
  ['of our issuer with another tenant', () => ({ claims: { tid: OTHER_TENANT } })],
  ['of another issuer', () => ({ claims: { iss: `https://login.example/${TENANT_ID}/v2.0` } })],
  ['of an issuer like ours', () => ({ claims: { iss: `https://login.microsoftonline.com/${TENANT_ID}/v2.0/` } })],
  ['of nobody', () => ({ claims: { oid: null } })],
  ['of an object that is none', () => ({ claims: { oid: "x' or 1 eq 1" } })],
  ['of no application, as an ID token is', () => ({ claims: { azp: null } })],
  ['whose roles are no list', () => ({ claims: { roles: 'Strongroom.Admin' } })],
])('a token %s opens nothing', async (_, wish) => {
  const token = await app.tokenFor(wish());
  refusedTokens.push(token);
  await expectAllRefused(bearer(token), 'Bearer realm="strongroom", error="invalid_token"');
});

/** Claims of a token that is good, to be signed by others. */
async function good(): Promise<{ claims: Record<string, unknown>; header: JWTHeaderParameters }> {
  const token = await app.tokenFor();
  return { claims: decodeJwt(token), header: decodeProtectedHeader(token) as JWTHeaderParameters };
}

async function publishedKey(): Promise<KeyObject> {
  const response = await fetch(`${app.stack.endpoints.identity}/${TENANT_ID}/discovery/v2.0/keys`);
  const { keys } = (await response.json()) as { keys: JWK[] };
  return createPublicKey({ key: keys.at(-1)!, format: 'jwk' });
}

const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each<[string, () => Promise<string>]>([
  ['alg none', async () => new UnsecuredJWT((await good()).claims).encode()],
  [
    'alg NONE under the right key id',
    async () => {
      const { claims, header } = await good();
      return `${base64url({ ...header, alg: 'NONE' })}.${base64url(claims)}.`;
    },
  ],
  [
    'HS256 with the public key as the secret',
    async () => {
      const { claims, header } = await good();
      const secret = (await publishedKey()).export({ type: 'spki', format: 'pem' });
      return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(Buffer.from(secret));
    },
  ],
  [
    'another algorithm by a foreign key',
    async () => {
      const { claims, header } = await good();
      return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'PS256' }).sign(foreign.privateKey);
    },
  ],
  [
    'a foreign key under the right key id',
    async () => {
      const { claims, header } = await good();
      return new SignJWT(claims).setProtectedHeader(header).sign(foreign.privateKey);
    },
  ],
  [
    'a foreign key that the token brings along',
    async () => {
      const { claims, header } = await good();
      const jwk = foreign.publicKey.export({ format: 'jwk' }) as JWK;
      const jku = 'https://keys.example/jwks';
      return new SignJWT(claims).setProtectedHeader({ ...header, jwk, jku }).sign(foreign.privateKey);
    },
  ],
  [
    'a key id that nobody published',
    async () => {
      const { claims, header } = await good();
      return new SignJWT(claims).setProtectedHeader({ ...header, kid: randomUUID() }).sign(foreign.privateKey);
    },
  ],
  [
    'claims that were changed after signing',
    async () => {
      const [header = '', claims = '', signature = ''] = (await app.tokenFor({ roles: [] })).split('.');
      const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), roles };
      return `${header}.${base64url(changed)}.${signature}`;
    },
  ],
  ['no token but garbage', () => Promise.resolve('garbage')],
  ['two dots', () => Promise.resolve('..')],
  ['more than any token has', () => Promise.resolve('a'.repeat(13_000))],
])('a token with %s opens nothing', async (_, make) => {
  const token = await make();
  refusedTokens.push(token);
  await expectAllRefused(bearer(token), 'Bearer realm="strongroom", error="invalid_token"');
});

/** What App Service's own authentication would say of somebody whom it had let in. */
function principalHeaders(token: string): Record<string, string> {
  const claims = roles.map((role) => ({ typ: 'roles', val: role }));
  return {
    'x-ms-client-principal': Buffer.from(
      JSON.stringify({ auth_typ: 'aad', role_typ: 'roles', claims: [...claims, { typ: 'oid', val: OPERATOR.oid }] }),
    ).toString('base64'),
    'x-ms-client-principal-id': OPERATOR.oid,
    'x-ms-client-principal-idp': 'aad',
    'x-ms-token-aad-access-token': token,
    'x-ms-token-aad-id-token': token,
    'x-forwarded-authorization': `Bearer ${token}`,
  };
}

test.each<[string, (token: string) => Credentials]>([
  ['nothing at all', () => ({})],
  ['the token in the query', (token) => ({ query: `?access_token=${token}` })],
  ['the token in a cookie', (token) => ({ headers: { cookie: `AppServiceAuthSession=${token}; token=${token}` } })],
  ['the key of the host', () => ({ headers: { 'x-functions-key': app.stack.endpoints.functionKey } })],
  ['the key of the host in the query', () => ({ query: `?code=${app.stack.endpoints.functionKey}` })],
  ['the headers of a proxy', (token) => ({ headers: principalHeaders(token) })],
])('%s is no sign-in', async (_, make) => {
  await expectAllRefused(make(await app.tokenFor()), 'Bearer realm="strongroom"');
});

test.each([
  ['another scheme', (token: string) => `Basic ${token}`],
  ['no scheme', (token: string) => token],
  ['two tokens', (token: string) => `Bearer ${token}, Bearer ${token}`],
])('the header Authorization with %s is none', async (_, header) => {
  const authorization = header(await app.tokenFor());
  await expectAllRefused({ headers: { authorization } }, 'Bearer realm="strongroom", error="invalid_token"');
});

test('who may not call learns nothing of what is there: body, path and query are not looked at', async () => {
  const wrong = { headers: { 'content-type': 'text/plain' }, query: '?colour=red' };
  await expectAllRefused(wrong, 'Bearer realm="strongroom"');
});

test.each<[string, TokenWish]>([
  ['version 1', { claims: { iss: `https://sts.windows.net/${TENANT_ID}/`, azp: null, appid: OPERATOR.clientId } }],
  ['the App ID URI as audience', { audience: `api://${API_AUDIENCE}` }],
  ['roles of others beside ours', { roles: ['Tea.Maker', 'Strongroom.Reader'] }],
])('a token of %s is as good', async (_, wish) => {
  expect(await call('listRuns', bearer(await app.tokenFor(wish)))).toMatchObject({ status: 200 });
});

test('the caller is told who it is', async () => {
  const oid = 'ABCDEF00-1111-4222-8333-444444444444';
  const wish = { oid, roles: ['Strongroom.Approver', 'Strongroom.Reader'], claims: { name: 'Ada' } };
  const { body } = await call('showCaller', bearer(await app.tokenFor(wish)));
  const expected: CallerView = {
    ...{ objectId: oid.toLowerCase(), name: 'Ada', appId: oid.toLowerCase(), tenantId: TENANT_ID },
    roles: ['Strongroom.Reader', 'Strongroom.Approver'],
  };
  expect(body).toEqual(expected);
});

test('the log says why a token was refused, and has none of them', () => {
  const log = readFileSync(app.stack.hostLog, 'utf8');
  const reasons = [...log.matchAll(/\\?"reason\\?":\\?"(\w+)/g)].map(([, reason]) => reason!);
  expect(new Set(reasons)).toEqual(
    new Set([
      ...['no_token', 'no_bearer_token', 'too_long', 'malformed', 'algorithm', 'unknown_key', 'signature', 'issuer'],
      ...['audience', 'tenant', 'expired', 'not_yet_valid', 'claims'],
    ]),
  );
  const signatures = refusedTokens.map((token) => token.split('.')[2] ?? '').filter(({ length }) => length > 20);
  expect(signatures.length).toBeGreaterThan(15);
  for (const signature of signatures) expect(log).not.toContain(signature);
});

/** What stands between the app and the issuer's keys. */
class KeysGate {
  open = false;
  private constructor(private readonly server: Server) {}

  static async start(issuer: () => string): Promise<KeysGate> {
    const server = createServer((request, response) => {
      if (!gate.open) {
        response.writeHead(500).end();
        return;
      }
      void fetch(`${issuer()}${request.url ?? ''}`).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      });
    });
    const gate = new KeysGate(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const MINUTE_MS = 60_000;
const rotate = (retire: boolean): Promise<unknown> =>
  app.stack.control.post('/vault-service/signing-keys/rotate', { retire });
const statusOf = async (token: string): Promise<number> => (await call('listRuns', bearer(token))).status;

test('a new signing key is taken up, and one that was withdrawn is dropped, without a restart', async () => {
  const before = await app.tokenFor();
  expect(await statusOf(before)).toBe(200);
  await rotate(false);
  const after = await app.tokenFor();
  await app.stack.moveClock({ byMs: MINUTE_MS });
  expect([await statusOf(after), await statusOf(before)]).toEqual([200, 200]);
  await rotate(true);
  await app.stack.moveClock({ byMs: 11 * MINUTE_MS });
  const last = await app.tokenFor();
  expect([await statusOf(after), await statusOf(before), await statusOf(last)]).toEqual([401, 401, 200]);
});

test('keys that cannot be fetched: nobody is let in at first, those at hand serve for a day, and all is well when they are back', async () => {
  const gate = await KeysGate.start(() => app.stack.endpoints.identity);
  try {
    await app.stack.stopHost();
    await app.stack.startHost({ IDENTITY_GATEWAY: gate.url });
    const token = await app.tokenFor({ expiresIn: 100 * HOUR });
    expect(await call('listRuns', bearer(token))).toMatchObject({ status: 503, code: 'identity_unavailable' });
    expect(await call('listRuns', {})).toMatchObject({ status: 401 });
    expect(await call('health', {})).toMatchObject({ status: 200 });

    gate.open = true;
    await app.stack.moveClock({ byMs: MINUTE_MS });
    expect(await statusOf(token)).toBe(200);

    gate.open = false;
    await app.stack.moveClock({ byMs: 60 * MINUTE_MS });
    expect(await statusOf(token)).toBe(200);
    await rotate(false);
    expect(await statusOf(await app.tokenFor())).toBe(503);
    await app.stack.moveClock({ byMs: 24 * 60 * MINUTE_MS });
    expect(await statusOf(token)).toBe(503);

    gate.open = true;
    await app.stack.moveClock({ byMs: MINUTE_MS });
    expect([await statusOf(token), await statusOf(await app.tokenFor())]).toEqual([200, 200]);
  } finally {
    gate.stop();
  }
});
