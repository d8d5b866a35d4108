import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type JWK, SignJWT } from 'jose';
import { authorityHosts, issuersOf } from '../../../src/access/authorities';
import { type TokenVerifier } from '../../../src/access/port';
import { createTokenVerifier } from '../../../src/access/token-verifier';
import { StrongroomError } from '../../../src/errors';
import { ManualClock } from '../../fakes/manual-clock';

const TENANT = '11111111-2222-4333-8444-555555555555';
const AUDIENCE = '66666666-2222-4333-8444-555555555555';
const OID = 'aaaaaaaa-2222-4333-8444-555555555555';
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (kid: string): JWK => ({ ...(pair.publicKey.export({ format: 'jwk' }) as JWK), kid, use: 'sig' });

let server: Server;
let keys: JWK[];
let fetches: string[];
let clock: ManualClock;
let verifier: TokenVerifier;

beforeEach(async () => {
  keys = [jwk('first')];
  fetches = [];
  clock = new ManualClock(new Date().toISOString());
  server = createServer((request, response) => {
    fetches.push(request.url!);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  verifier = createTokenVerifier({
    tenantId: TENANT.toUpperCase(),
    audiences: [AUDIENCE],
    authorityHost: 'https://login.microsoftonline.com',
    gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    clock,
  });
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const seconds = (): number => Math.floor(clock.now().getTime() / 1000);

function sign(change: Record<string, unknown> = {}, kid = 'first'): Promise<string> {
  const times = { iat: seconds(), nbf: seconds(), exp: seconds() + 3600 };
  const claims = { iss: `https://login.microsoftonline.com/${TENANT}/v2.0`, aud: AUDIENCE, tid: TENANT, oid: OID };
  const all = { ...claims, ...times, azp: OID, roles: ['Strongroom.Reader'], ...change };
  return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid }).sign(pair.privateKey);
}

async function outcome(token: string): Promise<string> {
  try {
    return (await verifier.verify(token)).roles.join(' ');
  } catch (error) {
    if (error instanceof StrongroomError) return String(error.details['reason'] ?? error.code);
    throw error;
  }
}

test('whose token it is', async () => {
  const token = await sign({ oid: OID.toUpperCase(), name: 'x'.repeat(500), roles: undefined });
  expect(await verifier.verify(token)).toEqual({
    ...{ objectId: OID, appId: OID, tenantId: TENANT, roles: [], name: 'x'.repeat(200) },
  });
});

test.each([
  ['exp', -59, 'Strongroom.Reader'],
  ['exp', -60, 'expired'],
  ['nbf', 60, 'Strongroom.Reader'],
  ['nbf', 61, 'not_yet_valid'],
  ['iat', 60, 'Strongroom.Reader'],
  ['iat', 62, 'not_yet_valid'],
])('%s may be off by a minute: %i s', async (claim, offset, expected) => {
  expect(await outcome(await sign({ [claim]: seconds() + offset }))).toBe(expected);
});

test('time is the clock’s: a token runs out as it moves', async () => {
  const token = await sign();
  expect(await outcome(token)).toBe('Strongroom.Reader');
  clock.advance(3600_000 + 61_000);
  expect(await outcome(token)).toBe('expired');
});

test('the keys are fetched once for many callers, and tokens of unknown keys do not make us fetch again and again', async () => {
  const token = await sign();
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => outcome(token)));
  expect(new Set(outcomes)).toEqual(new Set(['Strongroom.Reader']));
  const unknown = await Promise.all(Array.from({ length: 30 }, async () => outcome(await sign({}, randomUUID()))));
  expect(new Set(unknown)).toEqual(new Set(['unknown_key']));
  expect(fetches).toEqual([`/${TENANT}/discovery/v2.0/keys`]);
});

test('while no keys can be fetched, one request pays for the try and the others are told at once', async () => {
  server.close();
  server.closeAllConnections();
  const token = await sign();
  expect(await outcome(token)).toBe('identity_unavailable');
  expect(await outcome(token)).toBe('identity_unavailable');
  expect(fetches).toEqual([]);
});

test('a key set with keys of other kinds beside ours does no harm', async () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as JWK;
  keys = [{ ...ec, kid: 'first', use: 'sig' }, { ...jwk('encryption'), use: 'enc' }, jwk('first')];
  expect(await outcome(await sign())).toBe('Strongroom.Reader');
  expect(await outcome(await sign({}, 'encryption'))).toBe('unknown_key');
});

test('a token with anything changed in it is refused', async () => {
  const token = await sign();
  await verifier.verify(token);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  const change = fc.record({
    at: fc.nat({ max: token.length - 2 }), // the last character has bits that encode nothing
    by: fc.nat({ max: alphabet.length - 1 }).map((index) => alphabet.charAt(index)),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ at, by }) => {
      fc.pre(token[at] !== by);
      const changed = `${token.slice(0, at)}${by}${token.slice(at + 1)}`;
      await expect(verifier.verify(changed)).rejects.toMatchObject({ code: 'unauthenticated' });
    }),
    { numRuns: 300 },
  );
});

test('whatever is sent, it is refused with a code, and with a text that is always the same', async () => {
  const texts = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.base64String(), fc.array(fc.json(), { maxLength: 5 })), async (sent) => {
      const token =
        typeof sent === 'string' ? sent : sent.map((part) => Buffer.from(part).toString('base64url')).join('.');
      const refused: unknown = await verifier.verify(token).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(StrongroomError);
      expect((refused as StrongroomError).code).toBe('unauthenticated');
      texts.add((refused as StrongroomError).message);
    }),
    { numRuns: 300 },
  );
  expect(texts.size).toBe(1);
  expect(fetches.length).toBeLessThanOrEqual(1);
});

test('each cloud has its two issuers', () => {
  expect(
    Object.fromEntries(authorityHosts.map((host) => [host.slice('https://'.length), issuersOf(host, 'T')])),
  ).toEqual({
    'login.microsoftonline.com': ['https://login.microsoftonline.com/T/v2.0', 'https://sts.windows.net/T/'],
    'login.microsoftonline.us': ['https://login.microsoftonline.us/T/v2.0', 'https://sts.windows.net/T/'],
    'login.partner.microsoftonline.cn': [
      'https://login.partner.microsoftonline.cn/T/v2.0',
      'https://sts.chinacloudapi.cn/T/',
    ],
    'login.chinacloudapi.cn': ['https://login.partner.microsoftonline.cn/T/v2.0', 'https://sts.chinacloudapi.cn/T/'],
  });
});
