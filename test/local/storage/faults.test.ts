import { TableClient } from '@azure/data-tables';
import { type BlockBlobClient } from '@azure/storage-blob';
import { StorageProcess, outcome } from './storage-process';

const storage = new StorageProcess();

beforeAll(async () => {
  await storage.start({ inMemory: true });
  await storage.control('PUT', '/containers/data');
});
afterAll(() => storage.stopAndClean());
afterEach(async () => {
  await storage.control('DELETE', '/faults');
  await storage.control('DELETE', '/tripwires');
});

const blob = (name: string): BlockBlobClient => storage.blobs().getContainerClient('data').getBlockBlobClient(name);
const lay = async (fault: object): Promise<void> => {
  expect(await storage.control('POST', '/faults', fault)).toMatchObject({ status: 201 });
};

test.each([
  ['500', '500 InternalError'],
  ['503', '503 ServerBusy'],
  ['throttle', '503 ServerBusy'],
])('the next two calls fail with %s and do no work, the third passes', async (kind, expected) => {
  const one = blob(`kind-${kind}`);
  await lay({ service: 'blob', operation: 'PutBlob', kind, next: 2 });
  expect(await outcome(one.upload('x', 1))).toBe(expected);
  expect(await one.exists()).toBe(false);
  expect(await outcome(one.upload('x', 1))).toBe(expected);
  expect(await outcome(one.upload('x', 1))).toBe('allowed');
  const { body } = await storage.control('GET', '/faults');
  expect(body['faults']).toEqual([expect.objectContaining({ operation: 'PutBlob', kind, hits: 2 })]);
});

test('a fault is aimed by container and path, and may carry any status and code', async () => {
  await lay({
    service: 'blob',
    operation: '*',
    container: 'data',
    path: '*/items/*.jwe',
    kind: 'status',
    status: 403,
    code: 'AuthorizationFailure',
  });
  expect(await outcome(blob('a/items/b.jwe').upload('x', 1))).toBe('403 AuthorizationFailure');
  expect(await outcome(blob('a/index/b.jwe').upload('x', 1))).toBe('allowed');
});

test('a share is drawn from a seed, so that it repeats', async () => {
  const draw = async (): Promise<string[]> => {
    await storage.control('DELETE', '/faults');
    await lay({ service: 'blob', operation: 'GetBlobProperties', kind: '500', share: 0.5, seed: 7 });
    const outcomes: string[] = [];
    for (let call = 0; call < 20; call += 1)
      outcomes.push(await outcome(storage.blobs().getContainerClient('data').getBlobClient('x').getProperties()));
    return outcomes;
  };
  const first = await draw();
  expect(new Set(first)).toEqual(new Set(['500 ', '404 ']));
  expect(await draw()).toEqual(first);
});

test('a torn connection breaks a download in the middle, and hides that an upload was done', async () => {
  const torn = blob('torn');
  await lay({ service: 'blob', operation: 'PutBlob', kind: 'torn', next: 1 });
  expect(await outcome(torn.upload('0123456789'.repeat(1_000), 10_000))).not.toBe('allowed');
  expect(await torn.exists()).toBe(true);
  await lay({ service: 'blob', operation: 'GetBlob', kind: 'torn', next: 1 });
  expect(await outcome(torn.downloadToBuffer(0, 10_000, { maxRetryRequestsPerBlock: 0 }))).not.toBe('allowed');
  expect((await torn.downloadToBuffer()).length).toBe(10_000);
});

test('a timeout never answers', async () => {
  await lay({ service: 'blob', operation: 'PutBlob', kind: 'timeout', next: 1 });
  const upload = outcome(blob('silent').upload('x', 1, { abortSignal: AbortSignal.timeout(200) }));
  expect(await upload).toMatch(/abort/i);
  expect(await blob('silent').exists()).toBe(false);
});

test('tables fail in their own form', async () => {
  const table = TableClient.fromConnectionString(storage.connection, 'runs', {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
  await table.createTable();
  await lay({ service: 'table', operation: 'InsertEntity', table: 'runs', kind: '503', next: 1 });
  await expect(table.createEntity({ partitionKey: 'p', rowKey: 'r' })).rejects.toMatchObject({
    statusCode: 503,
    details: { odataError: { code: 'ServerBusy' } },
  });
  await lay({ service: 'table', operation: 'Batch', kind: '500', next: 1 });
  await expect(table.submitTransaction([['upsert', { partitionKey: 'p', rowKey: 'r' }]])).rejects.toMatchObject({
    statusCode: 500,
  });
  await lay({ service: 'table', operation: 'GetEntity', path: "RowKey='r'", kind: '500', next: 1 });
  await expect(table.getEntity('p', 'r')).rejects.toMatchObject({ statusCode: 500 });
});

test('a tripwire before the work leaves it undone and unanswered, and tells the supervisor once', async () => {
  await storage.control('POST', '/tripwires', {
    id: 'w1',
    service: 'blob',
    operation: 'PutBlob',
    path: 'trip',
    phase: 'before',
    nth: 2,
  });
  expect(await outcome(blob('trip1').upload('x', 1))).toBe('allowed');
  const abort = new AbortController();
  const second = outcome(blob('trip2').upload('x', 1, { abortSignal: abort.signal }));
  await tripped('w1');
  abort.abort();
  expect(await second).toMatch(/abort/i);
  expect(await blob('trip2').exists()).toBe(false);
  expect(await outcome(blob('trip3').upload('x', 1))).toBe('allowed');
});

test('a tripwire after the work does it and swallows the answer', async () => {
  await storage.control('POST', '/tripwires', {
    id: 'w2',
    service: 'blob',
    operation: 'PutBlob',
    path: 'after',
    phase: 'after',
  });
  const abort = new AbortController();
  const upload = outcome(blob('after').upload('x', 1, { abortSignal: abort.signal }));
  await tripped('w2');
  expect(await blob('after').exists()).toBe(true);
  abort.abort();
  expect(await upload).toMatch(/abort/i);
});

test('counts what was asked for, by the names of Azure’s REST reference', async () => {
  await storage.control('DELETE', '/requests');
  await blob('counted').upload('x', 1);
  await blob('counted').downloadToBuffer();
  for await (const _ of storage.blobs().getContainerClient('data').listBlobsFlat());
  const { body } = await storage.control('GET', '/requests');
  expect(body['blob']).toEqual({ PutBlob: 1, GetBlobProperties: 1, GetBlob: 1, ListBlobs: 1 });
});

test('refuses orders that it does not understand, and says why', async () => {
  expect(await storage.control('POST', '/faults', { service: 'blob', kind: 'flood' })).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_body' } },
  });
  expect(await storage.control('PUT', '/containers/No_Good')).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_name' } },
  });
  expect(await storage.control('GET', '/nothing')).toMatchObject({ status: 404 });
  expect(await storage.control('DELETE', '/latency')).toMatchObject({ status: 405 });
});

async function tripped(id: string): Promise<void> {
  while (!storage.tripped.includes(id)) await new Promise((resolve) => setTimeout(resolve, 10));
}
