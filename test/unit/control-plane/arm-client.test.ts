import { managementOf } from '../../../src/control-plane/clouds';
import { type StrongroomError } from '../../../src/errors';
import { answer, ScriptedArm } from './scripted-arm';

const arm = new ScriptedArm();
const ADDRESS = 'https://management.azure.com/subscriptions/s?api-version=1';
const never = new AbortController().signal;

beforeAll(() => arm.start());
afterAll(() => arm.stop());
beforeEach(() => {
  arm.asked.length = 0;
  arm.scopes.length = 0;
});

async function failureOf(work: Promise<unknown>): Promise<{ code: string; details: object }> {
  const { code, details } = await work.then(
    () => ({ code: 'none', details: {} }),
    (error: unknown) => error as StrongroomError,
  );
  return { code, details };
}

test('asks with the token of the cloud that the vault is in, on its host', async () => {
  const client = arm.client();
  for (const [vault, management] of [
    ['https://a.vault.azure.net', 'https://management.azure.com'],
    ['https://a.vault.usgovcloudapi.net', 'https://management.usgovcloudapi.net'],
    ['https://a.vault.azure.cn', 'https://management.chinacloudapi.cn'],
  ] as const) {
    expect(managementOf(vault)).toBe(management);
    await client.get(`${management}/x?api-version=1`, never);
    expect(arm.asked.at(-1)).toMatchObject({ host: new URL(management).host, authorization: 'Bearer a-token' });
    expect(arm.scopes.at(-1)).toBe(`${management}/.default`);
  }
});

test('follows nextLink to the end on the same host', async () => {
  arm.script = ({ url }, response) => {
    const page = Number(url.searchParams.get('page') ?? 0);
    const nextLink = `https://management.azure.com/subscriptions/s?api-version=1&page=${page + 1}`;
    answer(response, 200, { value: [{ page }], ...(page < 4 && { nextLink }) });
  };
  expect(await arm.client().list(ADDRESS, never)).toEqual([0, 1, 2, 3, 4].map((page) => ({ page })));
});

test.each([
  'https://elsewhere.example/steal',
  'http://management.azure.com/plain',
  'https://management.azure.com.elsewhere.example/',
  'not a link',
])('never takes the token along to %s', async (nextLink) => {
  arm.script = (_request, response) => {
    answer(response, 200, { value: [{}], nextLink });
  };
  expect(await failureOf(arm.client().list(ADDRESS, never))).toMatchObject({
    code: 'control_plane_refused',
    details: { reason: 'FOREIGN_NEXT_LINK' },
  });
  expect(arm.asked).toHaveLength(1);
});

test('a listing without end is given up', async () => {
  arm.script = (_request, response) => {
    answer(response, 200, { value: [], nextLink: ADDRESS });
  };
  expect(await failureOf(arm.client().list(ADDRESS, never))).toMatchObject({ details: { reason: 'ENDLESS_LISTING' } });
  expect(arm.asked).toHaveLength(100);
});

test('redirects are not followed', async () => {
  arm.script = (_request, response) => {
    answer(response, 302, {}, { location: 'https://elsewhere.example/' });
  };
  expect(await failureOf(arm.client().get(ADDRESS, never))).toMatchObject({
    code: 'control_plane_refused',
    details: { status: 302 },
  });
  expect(arm.asked).toHaveLength(1);
});

test.each([
  [401, 'control_plane_unauthorized', 1],
  [403, 'control_plane_forbidden', 1],
  [404, 'control_plane_not_found', 1],
  [400, 'control_plane_refused', 1],
  [408, 'control_plane_unavailable', 4],
  [429, 'control_plane_throttled', 4],
  [500, 'control_plane_unavailable', 4],
  [503, 'control_plane_unavailable', 4],
])('status %i is %s after %i tries, and says so without foreign text', async (status, code, tries) => {
  arm.script = (_request, response) => {
    answer(response, status, { error: { code: 'SomeCode', message: 'Foreign text with a secret' } });
  };
  const error = await arm
    .client()
    .get(ADDRESS, never)
    .catch((thrown: unknown) => thrown as StrongroomError);
  expect(error).toMatchObject({ code, details: { status, reason: 'SomeCode', tries } });
  expect(JSON.stringify([(error as StrongroomError).message, (error as StrongroomError).details])).not.toContain(
    'Foreign',
  );
  expect(arm.asked).toHaveLength(tries);
});

test('Retry-After is heeded, up to a quarter of a minute', async () => {
  const slept: number[] = [];
  const timing = { now: () => 0, random: () => 0, sleep: (ms: number) => Promise.resolve(void slept.push(ms)) };
  let asked = 0;
  arm.script = (_request, response) => {
    asked += 1;
    if (asked === 1) answer(response, 429, {}, { 'retry-after': '3' });
    else if (asked === 2) answer(response, 503, {}, { 'retry-after': '3600' });
    else answer(response, 200, { found: true });
  };
  expect(await arm.client({ timing }).get(ADDRESS, never)).toEqual({ found: true });
  expect(slept).toEqual([3_000, 15_000]);
});

test('torn, senseless and missing answers', async () => {
  arm.script = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"value":[');
    setImmediate(() => response.destroy());
  };
  expect(await failureOf(arm.client().get(ADDRESS, never))).toMatchObject({ code: 'control_plane_unreachable' });
  arm.script = (_request, response) => {
    answer(response, 200, ['no object']);
  };
  expect(await failureOf(arm.client().get(ADDRESS, never))).toMatchObject({ details: { reason: 'UNEXPECTED_ANSWER' } });
  arm.script = () => undefined;
  expect(await failureOf(arm.client({ callTimeoutMs: 50 }).get(ADDRESS, never))).toMatchObject({
    code: 'control_plane_unreachable',
    details: { reason: 'TIMEOUT', tries: 4 },
  });
});

test('ends when it is told to, also in the middle of a pause', async () => {
  arm.script = (_request, response) => {
    answer(response, 503, {}, { 'retry-after': '15' });
  };
  const controller = new AbortController();
  const timing = {
    now: () => 0,
    random: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
        controller.abort();
      }),
  };
  const failure = await failureOf(arm.client({ timing }).get(ADDRESS, controller.signal));
  expect(failure).toMatchObject({ code: 'control_plane_unavailable', details: { tries: 1 } });
});

test('an identity that gets no token is unauthorized, not a fault of the code', async () => {
  const credential = {
    getToken: () => Promise.reject(Object.assign(new Error('no'), { name: 'CredentialUnavailableError' })),
  };
  expect(await failureOf(arm.client({ credential }).get(ADDRESS, never))).toMatchObject({
    code: 'control_plane_unauthorized',
  });
});
