import { request } from 'node:http';

import { HostProcess, KEY, stopAll } from './host-process';

interface Mirror {
  route: string;
  method: string;
  url: string;
  params: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
}

let host: HostProcess;
const settings = { TICK_SCHEDULE: '0 0 0 1 1 *' };

beforeAll(async () => {
  host = await HostProcess.start({ app: 'triggers', settings });
});
afterAll(stopAll);

const mirrored = async (path: string, init?: RequestInit): Promise<Mirror> =>
  (await (await host.fetch(path, init)).json()) as Mirror;

describe('routes', () => {
  test.each([
    ['/api/things/list', 'literal', {}],
    ['/api/things/LIST', 'literal', {}],
    ['/api/things/42', 'byNumber', { id: '42' }],
    ['/api/things/forty', 'byName', { name: 'forty' }],
    ['/api/things/a%20b%2Fc', 'byName', { name: 'a b/c' }],
    ['/api/pages', 'optional', {}],
    ['/api/pages/3', 'optional', { page: '3' }],
    ['/api/sizes', 'withDefault', { size: '20' }],
    ['/api/files/a/b/c.txt', 'rest', { path: 'a/b/c.txt' }],
    ['/api/files', 'rest', {}],
    ['/api/reports/2026-11.json', 'mixed', { year: '2026', month: '11' }],
  ])('%s', async (path, route, params) => {
    expect(await mirrored(path)).toMatchObject({ route, params });
    expect((await mirrored(path)).params).toEqual(params);
  });

  test.each(['/api/nowhere', '/', '/api/things', '/api/things/1/2', '/api/reports/26-11.json', '/things/list'])(
    '%s is not there',
    async (path) => {
      const response = await host.fetch(path);
      expect([response.status, await response.text()]).toEqual([404, '']);
    },
  );

  test('a method that the function does not take is not there', async () => {
    expect((await host.fetch('/api/only/put', { method: 'POST' })).status).toBe(404);
    expect((await host.fetch('/api/only/put', { method: 'OPTIONS' })).status).toBe(404);
    expect(await mirrored('/api/only/put', { method: 'PUT', body: 'x' })).toMatchObject({ method: 'PUT', body: 'x' });
  });

  test('a path that is not well encoded is a bad request', async () => {
    expect((await host.fetch('/api/things/%E0%A4%A')).status).toBe(400);
  });
});

describe('requests', () => {
  test('query, headers and body arrive as the caller sent them', async () => {
    const seen = await mirrored('/api/things/7?a=1&b=%20', {
      method: 'POST',
      body: 'böse',
      headers: { 'x-one': '1', 'x-ms-client-principal': 'forged', 'x-forwarded-host': 'evil.example' },
    });
    expect(seen).toMatchObject({ method: 'POST', query: { a: '1', b: ' ' }, body: 'böse' });
    expect(seen.headers).toMatchObject({ 'x-one': '1', 'x-ms-client-principal': 'forged' });
    expect(seen.url).toBe(`${host.api}/api/things/7?a=1&b=%20`);
  });

  test('more than 100 MB are refused', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-length': 104_857_601 };
      const call = request(`${host.api}/api/things/7`, { method: 'POST', headers }, ({ statusCode }) => {
        resolve(statusCode);
        call.destroy();
      });
      call.on('error', reject);
      call.flushHeaders();
    });
    expect(status).toBe(413);
  });
});

describe('keys', () => {
  test.each(['/api/locked/function', '/api/locked/admin', '/admin/host/status', '/admin/functions/tick'])(
    '%s wants the key, and says nothing else',
    async (path) => {
      for (const init of [{}, { headers: { 'x-functions-key': 'wrong' } }, { headers: { 'x-functions-key': '' } }]) {
        const response = await host.fetch(path, init);
        expect([response.status, await response.text()]).toEqual([401, '']);
      }
      expect((await host.fetch(`${path}?code=wrong`)).status).toBe(401);
    },
  );

  test('the key is taken from the header or the query', async () => {
    expect((await host.fetch('/api/locked/function', { headers: { 'x-functions-key': KEY } })).status).toBe(200);
    expect((await host.fetch(`/api/locked/admin?code=${KEY}`)).status).toBe(200);
  });
});

describe('answers', () => {
  test('bytes come through', async () => {
    const response = await host.fetch('/api/answers/bytes');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 255, 128]));
  });

  test('status, headers and cookies come through', async () => {
    const problem = await host.fetch('/api/answers/problem');
    expect([problem.status, await problem.text()]).toEqual([409, '{"code":"busy"}']);
    expect(problem.headers.get('content-type')).toBe('application/problem+json');
    expect(problem.headers.get('x-correlation-id')).toBe('abc');
    const cookies = await host.fetch('/api/answers/cookies');
    expect([cookies.status, cookies.headers.getSetCookie()]).toEqual([
      201,
      ['a=b%20c; Max-Age=60; Path=/; HttpOnly; SameSite=Strict', 'z=1; Expires=Tue, 01 Jan 2030 00:00:00 GMT; Secure'],
    ]);
  });

  test('a function that answers nothing gives 204, one that throws 500 without a word', async () => {
    expect((await host.fetch('/api/answers/nothing')).status).toBe(204);
    const failed = await host.fetch('/api/answers/thrown');
    expect([failed.status, await failed.text()]).toEqual([500, '']);
    expect(host.log()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        category: 'answers',
        message: expect.stringMatching(/^Error: thrown on purpose\n {4}at /) as string,
        invocationId: expect.any(String) as string,
      }),
    );
  });

  test('HEAD has no body', async () => {
    const response = await host.fetch('/api/answers/problem', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([409, '']);
  });

  test('what the app logs is in the log, under its function and invocation', () => {
    expect(host.log()).toContainEqual(
      expect.objectContaining({ level: 'information', category: 'answers', message: 'answering problem' }),
    );
  });
});

test('the status tells the number of functions', async () => {
  const status = await host.fetch('/admin/host/status', { headers: { 'x-functions-key': KEY } });
  expect(await status.json()).toMatchObject({ state: 'Running', functions: 12, version: expect.any(String) as string });
});

describe('an app that cannot run here is refused with the reason', () => {
  test.each([
    ['broken/throws-on-load.js', /^app_failed: .*a setting is missing/],
    ['broken/blob-trigger.js', /^unsupported_function: .*"blobTrigger" of the function onBlob/],
    ['broken/bad-route.js', /^bad_route: .*nonsense/],
    ['broken/nowhere.js', /^app_failed: /],
  ])('%s', async (app, text) => {
    await expect(HostProcess.start({ app })).rejects.toThrow(text);
  });

  test('a host.json that is none', async () => {
    await expect(HostProcess.start({ hostJson: '/nowhere/host.json' })).rejects.toThrow(/^bad_config: /);
  });
});
