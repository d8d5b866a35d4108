import { createServer } from 'node:net';
import { type ListedObject } from '../../../src/contracts/objects';
import { StrongroomError } from '../../../src/errors';
import { createKeyVaultReader } from '../../../src/vault/key-vault-reader';
import { type VaultClientOptions } from '../../../src/vault/vault-clients';
import {
  type Answer,
  refusal,
  ScriptedVault,
  secretPages,
  throttledAnswer,
  tornAnswer,
  VAULT_URL,
} from './scripted-vault';

const BACKUP = { json: { value: Buffer.from('an opaque backup').toString('base64url') } };

let vault: ScriptedVault;
beforeEach(async () => {
  vault = await new ScriptedVault().start();
});
afterEach(() => vault.stop());

const reader = (options: Partial<VaultClientOptions> = {}) => createKeyVaultReader(vault.clients(options));

async function names(listing: AsyncIterable<{ name: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { name } of listing) all.push(name);
  return all;
}

async function failureOf(work: Promise<unknown>): Promise<StrongroomError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StrongroomError);
  return error as StrongroomError;
}

/** Answers the first `times` requests of each address in one way, then in another. */
const first = (times: number, early: Answer, late: Answer) => (_: unknown, nth: number) =>
  nth <= times ? early : late;

describe('what is sent', () => {
  it('keeps the name of the vault as host, asks for no compression, and meets one challenge', async () => {
    vault.script = () => BACKUP;
    const subject = reader();
    await subject.backUp(VAULT_URL, 'secret', 'one');
    await subject.backUp(`${VAULT_URL.toUpperCase()}/`, 'secret', 'two');
    expect(vault.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /secrets/one/backup',
      'POST /secrets/two/backup',
    ]);
    for (const { headers } of vault.requests) {
      expect(headers.host).toBe('contoso.vault.azure.net');
      expect(headers['accept-encoding']).toBeUndefined();
    }
    expect(vault.challenges).toBe(1);
  });

  it('uses the connection again', async () => {
    const ports = new Set<number | undefined>();
    vault.script = () => (response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(BACKUP.json));
    };
    const subject = reader();
    for (const name of ['one', 'two', 'three']) await subject.backUp(VAULT_URL, 'key', name);
    expect(ports.size).toBe(1);
  });
});

describe('a listing', () => {
  it('reads all pages, and what belongs to certificates as such', async () => {
    vault.script = (request) =>
      request.path === '/keys'
        ? { json: { value: [{ kid: `${VAULT_URL}/keys/web`, managed: true, attributes: { enabled: false } }] } }
        : secretPages(request, 60);
    expect(await names(reader().listObjects(VAULT_URL, 'secret'))).toHaveLength(60);
    const keys: ListedObject[] = [];
    for await (const key of reader().listObjects(VAULT_URL, 'key')) keys.push(key);
    expect(keys).toEqual([{ kind: 'key', name: 'web', managed: true, attributes: { enabled: false } }]);
  });

  it('loses and doubles nothing when every page is throttled, torn and refused on the way', async () => {
    const troubles: Answer[] = [throttledAnswer, tornAnswer, refusal(503, 'ServiceUnavailable')];
    vault.script = (request, nth) => troubles[nth - 1] ?? secretPages(request, 300);
    const listed = await names(reader().listObjects(VAULT_URL, 'secret'));
    expect(listed).toEqual(Array.from({ length: 300 }, (_, index) => `secret-${index}`));
    expect(vault.requests).toHaveLength(12 * 4);
  });

  it('passes over an object that a page shows again', async () => {
    const item = (name: string) => ({ id: `${VAULT_URL}/secrets/${name}`, attributes: { enabled: true } });
    const nextLink = `${VAULT_URL}/secrets?api-version=7.6&$skiptoken=2`;
    vault.script = ({ query }) =>
      query.has('$skiptoken')
        ? { json: { value: [item('B'), item('c')] } }
        : { json: { value: [item('a'), item('b')], nextLink } };
    expect(await names(reader().listObjects(VAULT_URL, 'secret'))).toEqual(['a', 'b', 'c']);
  });

  it('ends with an error, not early, when a page cannot be read', async () => {
    vault.script = (request) =>
      request.query.has('$skiptoken') ? refusal(403, 'Forbidden') : secretPages(request, 60);
    const error = await failureOf(names(reader().listObjects(VAULT_URL, 'secret')));
    expect(error.code).toBe('vault_forbidden');
  });
});

describe('versions', () => {
  it('come newest first, with what the vault says of them', async () => {
    const item = (version: string, created: number, more = {}) => ({
      id: `${VAULT_URL}/secrets/db/${version}`,
      attributes: { enabled: true, created, ...more },
    });
    const newest = {
      ...item('aa', 1_700_000_009, { nbf: 1_700_000_000, exp: 1_800_000_000 }),
      contentType: 'text/plain',
    };
    vault.script = () => ({
      json: {
        value: [
          item('bb', 1_700_000_001),
          { ...newest, tags: { team: 'a' } },
          { ...item('cc', 1_700_000_001), tags: {} },
        ],
      },
    });
    expect(await reader().listVersions(VAULT_URL, 'secret', 'db')).toEqual([
      {
        version: 'aa',
        enabled: true,
        created: '2023-11-14T22:13:29.000Z',
        notBefore: '2023-11-14T22:13:20.000Z',
        expires: '2027-01-15T08:00:00.000Z',
        contentType: 'text/plain',
        tags: { team: 'a' },
      },
      { version: 'cc', enabled: true, created: '2023-11-14T22:13:21.000Z' },
      { version: 'bb', enabled: true, created: '2023-11-14T22:13:21.000Z' },
    ]);
  });

  it('mean a missing object where there are none', async () => {
    const error = await failureOf(reader().listVersions(VAULT_URL, 'secret', 'gone'));
    expect(error).toMatchObject({ code: 'source_not_found', retryable: false });
  });
});

describe('what a failure is called', () => {
  it.each<[string, Answer, string, object]>([
    ['a missing object', refusal(404, 'SecretNotFound'), 'source_not_found', { status: 404, reason: 'SecretNotFound' }],
    ['another 404', { status: 404, text: '<html>' }, 'vault_refused', { status: 404 }],
    ['an object on its way out', refusal(409, 'Conflict', 'ObjectIsBeingDeleted'), 'source_not_found', {}],
    ['a missing role', refusal(403, 'Forbidden', 'ForbiddenByRbac'), 'vault_forbidden', { reason: 'ForbiddenByRbac' }],
    [
      'an access policy',
      refusal(403, 'Forbidden', 'ForbiddenByPolicy'),
      'vault_forbidden',
      { reason: 'ForbiddenByPolicy' },
    ],
    [
      'the firewall',
      refusal(403, 'Forbidden', 'ForbiddenByFirewall'),
      'vault_forbidden',
      { reason: 'ForbiddenByFirewall' },
    ],
    ['an empty 403', { status: 403 }, 'vault_forbidden', { status: 403 }],
    ['a refused token', { status: 401 }, 'vault_unauthorized', { status: 401 }],
    ['a wrong request', refusal(400, 'BadParameter'), 'vault_refused', { status: 400, reason: 'BadParameter' }],
    ['free text in place of a code', refusal(400, 'see: https://x?sig=1'), 'vault_refused', { status: 400 }],
  ])('%s', async (_, answer, code, details) => {
    vault.script = () => answer;
    const error = await failureOf(reader().backUp(VAULT_URL, 'secret', 'one'));
    expect(error).toMatchObject({ code, retryable: false, details: { action: 'secrets/backup/action', ...details } });
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/Foreign|s3cr3t|Bearer|https/);
  });

  it.each<[string, Answer, string]>([
    ['throttling', throttledAnswer, 'vault_throttled'],
    ['an outage', refusal(503, 'ServiceUnavailable'), 'vault_unavailable'],
    ['an outage without a body', { status: 500 }, 'vault_unavailable'],
    ['a time-out at the gateway', { status: 408 }, 'vault_unavailable'],
    ['a recovery under way', refusal(409, 'Conflict', 'ObjectIsBeingRecovered'), 'vault_unavailable'],
    ['a torn answer', tornAnswer, 'vault_unreachable'],
    ['a torn connection', (response) => response.destroy(), 'vault_unreachable'],
    ['an answer that is cut off', { text: '{"value":"YWJj' }, 'vault_unreachable'],
    ['an empty answer', {}, 'vault_unreachable'],
    [
      'a page of something else',
      { text: '<html></html>', headers: { 'Content-Type': 'text/html' } },
      'vault_unreachable',
    ],
  ])('%s is cured by a retry, or named after many', async (_, answer, code) => {
    vault.script = first(2, answer, BACKUP);
    expect(Buffer.from(await reader().backUp(VAULT_URL, 'secret', 'one')).toString()).toBe('an opaque backup');
    expect(vault.requests).toHaveLength(3);
    vault.requests.length = 0;
    vault.script = () => answer;
    const error = await failureOf(reader().backUp(VAULT_URL, 'secret', 'two'));
    const tries = code === 'vault_throttled' ? 12 : 6;
    expect(error).toMatchObject({ code, retryable: true, details: { tries, action: 'secrets/backup/action' } });
    // As many as we tried: the SDK adds no retries of its own.
    expect(vault.requests).toHaveLength(tries);
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toMatch(/YWJj|Foreign|html/);
  });

  it('says which permission is missing', async () => {
    vault.script = () => refusal(403, 'Forbidden', 'ForbiddenByRbac');
    const message = async (work: Promise<unknown>) => (await failureOf(work)).message;
    const subject = reader();
    expect(await message(subject.backUp(VAULT_URL, 'key', 'one'))).toContain(
      'Microsoft.KeyVault/vaults/keys/backup/action',
    );
    expect(await message(names(subject.listObjects(VAULT_URL, 'secret')))).toContain('secrets/readMetadata/action');
    expect(await message(subject.listVersions(VAULT_URL, 'certificate', 'one'))).toContain('certificates/read');
  });

  it('takes an answer that never ends, or never begins, for unreachable', async () => {
    const endless: Answer = (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{');
    };
    for (const answer of [endless, () => undefined]) {
      vault.script = () => answer;
      const error = await failureOf(reader({ callTimeoutMs: 30 }).listVersions(VAULT_URL, 'secret', 'one'));
      expect(error).toMatchObject({ code: 'vault_unreachable', details: { reason: 'TIMEOUT', tries: 2 } });
    }
  });

  it('recognises an object with too many versions by counting them, for no vault says so clearly', async () => {
    const versions = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        id: `${VAULT_URL}/secrets/s/v${index}`,
        attributes: { enabled: true },
      }));
    const script = (count: number, answer: Answer) => (request: { path: string }) =>
      request.path.endsWith('/versions') ? { json: { value: versions(count) } } : answer;
    const silence: Answer = () => undefined;
    for (const [count, answer, code] of [
      [501, refusal(400, 'BadParameter'), 'too_many_versions'],
      [501, silence, 'too_many_versions'],
      [500, refusal(400, 'BadParameter'), 'vault_refused'],
    ] as const) {
      vault.script = script(count, answer);
      const error = await failureOf(reader({ callTimeoutMs: 400 }).backUp(VAULT_URL, 'secret', 's'));
      expect(error.code).toBe(code);
    }
  });

  it('takes a vault that nobody serves for unreachable', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(reader({ gateway: `http://127.0.0.1:${port}` }).backUp(VAULT_URL, 'secret', 'one'));
    expect(error).toMatchObject({ code: 'vault_unreachable', details: { reason: 'ECONNREFUSED', tries: 6 } });
  });

  it.each(['CredentialUnavailableError', 'AuthenticationError', 'AggregateAuthenticationError'])(
    'takes %s for unauthorized',
    async (name) => {
      const getToken = () => Promise.reject(Object.assign(new Error('Foreign text'), { name, statusCode: 400 }));
      const error = await failureOf(reader({ credential: { getToken } }).backUp(VAULT_URL, 'secret', 'one'));
      expect(error).toMatchObject({ code: 'vault_unauthorized', details: { reason: name } });
    },
  );

  it('gives no token to a vault whose challenge names another service', async () => {
    vault.resource = 'https://evil.example';
    const getToken = jest.fn(() => Promise.reject(new Error('asked')));
    const error = await failureOf(reader({ credential: { getToken } }).backUp(VAULT_URL, 'secret', 'one'));
    expect(error.code).toBe('vault_unauthorized');
    expect(getToken).not.toHaveBeenCalled();
  });
});

describe('a storm of 429', () => {
  it('delays 300 objects, and neither loses nor doubles one', async () => {
    // Three of ten calls, spread so that each call meets at most three in a row.
    let calls = 0;
    vault.script = (request, nth) => {
      if (nth <= 3 && calls++ % 10 < 4) return throttledAnswer;
      if (request.path === '/secrets') return secretPages(request, 300);
      const name = request.path.split('/')[2]!;
      if (request.path.endsWith('/backup')) return { json: { value: Buffer.from(name).toString('base64url') } };
      return { json: { value: [{ id: `${VAULT_URL}/secrets/${name}/v1`, attributes: { enabled: true } }] } };
    };
    const subject = reader();
    const listed = await names(subject.listObjects(VAULT_URL, 'secret'));
    const read = await Promise.all(
      listed.map(async (name) => {
        const [version] = await subject.listVersions(VAULT_URL, 'secret', name);
        return `${version!.version} ${Buffer.from(await subject.backUp(VAULT_URL, 'secret', name)).toString()}`;
      }),
    );
    expect(read).toEqual(Array.from({ length: 300 }, (_, index) => `v1 secret-${index}`));
  });
});
