import { HostProcess, KEY, type Status, stopAll } from './host-process';

let host: HostProcess;

beforeAll(async () => {
  host = await HostProcess.start();
});
afterAll(stopAll);

/** Has the app's own durable client do something. */
async function client<T>(operation: string, id = '', query = '', body?: unknown): Promise<T> {
  const response = await host.post(`/api/client/${operation}/${id}?${query}`, body);
  const { result, error } = (await response.json()) as { result: T; error?: string };
  if (error !== undefined) throw new Error(error);
  return result;
}

const path = (operation: string): string => `/runtime/webhooks/durabletask/${operation}`;

describe("the app's durable client", () => {
  test('starts, raises, and reads status and history', async () => {
    expect(await client('start', 'c1', 'name=H5', { a: 1 })).toEqual({ id: 'c1' });
    expect(await client('status', 'c1')).toMatchObject({ name: 'H5', instanceId: 'c1', input: { a: 1 }, output: null });
    await client('raise', 'c1', 'event=Approval', { by: 'bob' });
    expect((await host.until('c1')).output).toEqual({ by: 'bob' });
    const status = await host.status('c1', 'showHistory=true&showHistoryOutput=true&showInput=false');
    expect(status.input).toBeNull();
    expect(status.historyEvents).toMatchObject([
      { EventType: 'ExecutionStarted', FunctionName: 'H5' },
      { EventType: 'EventRaised', Name: 'Approval', Input: { by: 'bob' } },
      { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Completed', Result: { by: 'bob' } },
    ]);
  });

  test('an orchestrator started without input gets the empty string', async () => {
    await client('start', 'c2', 'name=H5');
    expect((await client<Status>('status', 'c2')).input).toBe('');
  });

  test('an instance that runs is not started again, one that has ended is replaced', async () => {
    await client('start', 'c3', 'name=H5', {});
    await expect(client('start', 'c3', 'name=H5', {})).rejects.toThrow(/409.*already exists/);
    await client('terminate', 'c3');
    expect(await host.until('c3')).toMatchObject({ runtimeStatus: 'Terminated', output: 'because of a test' });
    await client('start', 'c3', 'name=throws', {});
    expect(await host.until('c3')).toMatchObject({ name: 'throws', runtimeStatus: 'Failed' });
  });

  test('unknown orchestrators and instances are told', async () => {
    await expect(client('start', 'c4', 'name=nobody', {})).rejects.toThrow(/400.*'nobody' doesn't exist/);
    await expect(client('status', 'nobody')).rejects.toThrow(/HTTP 404/);
    await expect(client('raise', 'nobody', 'event=x', 1)).rejects.toThrow(/No instance with ID 'nobody' found/);
    await expect(client('terminate', 'nobody')).rejects.toThrow(/No instance with ID 'nobody' found/);
    expect(await client('purge', 'nobody')).toEqual({ instancesDeleted: 0 });
  });

  test('an event without data arrives as nothing', async () => {
    await client('start', 'c5', 'name=collects', { round: 3, got: [] });
    await client('raiseNothing', 'c5');
    expect((await host.until('c5')).output).toEqual([null]);
  });

  test('events to an ended instance are dropped without an error', async () => {
    await host.run('throws').then(({ instanceId }) => client('raise', instanceId, 'event=x', 1));
  });

  test('suspends and resumes; events wait meanwhile', async () => {
    await client('start', 'c6', 'name=H5', {});
    await client('suspend', 'c6');
    await host.until('c6', ({ runtimeStatus }) => runtimeStatus === 'Suspended');
    await client('raise', 'c6', 'event=Approval', 'patience');
    const { historyEvents = [] } = await host.status('c6', 'showHistory=true');
    expect(historyEvents.length).toBeLessThanOrEqual(3);
    expect((await host.status('c6')).runtimeStatus).toBe('Suspended');
    await client('resume', 'c6');
    expect((await host.until('c6')).output).toBe('patience');
  });

  test('terminating a parent leaves its child alone and drops its own results', async () => {
    await client('start', 'c7', 'name=callsChild', { name: 'H5', id: 'c7-child', input: {} });
    while ((await host.durable('instances/c7-child')).status === 404) await host.status('c7');
    await client('terminate', 'c7');
    expect((await host.until('c7')).runtimeStatus).toBe('Terminated');
    expect((await host.status('c7-child')).runtimeStatus).not.toBe('Terminated');
    await client('raise', 'c7-child', 'event=Approval', 1);
    expect((await host.until('c7-child')).runtimeStatus).toBe('Completed');
    expect((await host.status('c7')).runtimeStatus).toBe('Terminated');
  });

  test('what this host does not do is refused by name', async () => {
    await expect(client('rewind', 'c1')).rejects.toThrow(/'rewind' is not supported by the local Functions host/);
    await expect(client('entity')).rejects.toThrow(/entities are not supported by the local Functions host/);
  });

  test('the links of an instance lead to this host', async () => {
    const links = await client<Record<string, string>>('payload', 'c1');
    expect(links['id']).toBe('c1');
    const response = await fetch(links['statusQueryGetUri'] ?? '');
    expect([response.status, ((await response.json()) as Status).instanceId]).toEqual([200, 'c1']);
  });
});

describe('the durable endpoints', () => {
  test('want the key', async () => {
    expect((await host.fetch(path('instances'))).status).toBe(401);
    expect((await host.fetch(`${path('instances')}?code=${KEY}`)).status).toBe(200);
    expect((await host.fetch('/durabletask/instances')).status).toBe(404);
  });

  test('answer a start with links, and a status with 202 as long as it runs', async () => {
    const start = await host.durable('orchestrators/h5/d1', { method: 'POST', body: '{}' });
    expect([start.status, start.headers.get('retry-after')]).toEqual([202, '10']);
    const { id, statusQueryGetUri } = (await start.json()) as Record<string, string>;
    expect([id, start.headers.get('location')]).toEqual(['d1', statusQueryGetUri]);
    const running = await fetch(statusQueryGetUri ?? '');
    expect([running.status, running.headers.get('location')]).toEqual([202, statusQueryGetUri]);
    expect(await running.json()).toMatchObject({
      name: 'H5',
      createdTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    expect(await host.raise('d1', 'Approval')).toBe(202);
    await host.until('d1');
    expect((await fetch(statusQueryGetUri ?? '')).status).toBe(200);
    expect(await host.raise('d1', 'Approval')).toBe(410);
    expect((await host.durable('instances/d1/terminate', { method: 'POST' })).status).toBe(410);
  });

  test.each(['a%2Fb', 'a%5Cb', 'a%23b', 'a%3Fb', 'a%0Ab', '%40entity', 'x'.repeat(101)])(
    'refuse the id %s',
    async (id) => {
      expect((await host.durable(`orchestrators/H5/${id}`, { method: 'POST', body: '{}' })).status).toBe(400);
    },
  );

  test('refuse what is not JSON', async () => {
    expect((await host.durable('orchestrators/H5', { method: 'POST', body: '{' })).status).toBe(400);
    await host.begin('H5', {}, 'd2');
    const raise = (body: string, type: string): Promise<Response> =>
      host.durable('instances/d2/raiseEvent/x', { method: 'POST', body, headers: { 'content-type': type } });
    expect((await raise('no', 'application/json')).status).toBe(400);
    expect((await raise('1', 'text/plain')).status).toBe(400);
    expect((await raise('1', 'application/json; charset=utf-8')).status).toBe(202);
  });

  test('page through all instances, filter them, and purge those that have ended', async () => {
    const other = await HostProcess.start();
    for (let n = 0; n < 5; n++) await other.begin('throws', {}, `failed-${n}`);
    await other.begin('H5', {}, 'open-1');
    for (let n = 0; n < 5; n++) await other.until(`failed-${n}`);
    const ids: string[] = [];
    let token: string | null = '';
    do {
      const headers: Record<string, string> = token ? { 'x-ms-continuation-token': token } : {};
      const page = await other.durable('instances?top=2', { headers });
      ids.push(...((await page.json()) as Status[]).map(({ instanceId }) => instanceId));
      token = page.headers.get('x-ms-continuation-token');
    } while (token !== null);
    expect(ids).toEqual(['failed-0', 'failed-1', 'failed-2', 'failed-3', 'failed-4', 'open-1']);
    const found = async (query: string): Promise<number> =>
      ((await (await other.durable(`instances?${query}`)).json()) as Status[]).length;
    expect(await found('runtimeStatus=Failed,Completed')).toBe(5);
    expect(await found('instanceIdPrefix=open')).toBe(1);
    expect(await found(`createdTimeFrom=${new Date(Date.now() + 60_000).toISOString()}`)).toBe(0);
    const all = (await (await other.post('/api/client/failed')).json()) as { result: Status[] };
    expect(all.result).toHaveLength(5);
    const purge = (query: string): Promise<Response> => other.durable(`instances?${query}`, { method: 'DELETE' });
    expect((await purge('')).status).toBe(400);
    expect(await (await purge('createdTimeFrom=2020-01-01')).json()).toEqual({ instancesDeleted: 5 });
    expect((await purge('createdTimeFrom=2020-01-01')).status).toBe(404);
    expect(await found('')).toBe(1);
  });
});
