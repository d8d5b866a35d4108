import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { readerConnection } from '../../../local/storage/connections';
import { StorageProcess, outcome } from './storage-process';

const NO_PERMISSION = '403 AuthorizationPermissionMismatch';

const storage = new StorageProcess();

beforeAll(async () => {
  await storage.start({ inMemory: true });
  await storage.control('PUT', '/containers/archive');
});
afterAll(() => storage.stopAndClean());

test('the archive connection reads, lists and creates, and neither overwrites nor deletes nor changes', async () => {
  const where = storage.blobs(storage.duty.archive).getContainerClient('archive');
  const blob = where.getBlockBlobClient('items/a.jwe');
  expect(await outcome(blob.upload('one', 3, { conditions: { ifNoneMatch: '*' } }))).toBe('allowed');
  expect((await blob.downloadToBuffer()).toString()).toBe('one');
  const names: string[] = [];
  for await (const { name } of where.listBlobsFlat()) names.push(name);
  expect(names).toEqual(['items/a.jwe']);
  expect(await outcome(blob.upload('two', 3))).toBe('403 UnauthorizedBlobOverwrite');
  expect(await outcome(blob.upload('two', 3, { conditions: { ifNoneMatch: '*' } }))).toBe(
    '403 UnauthorizedBlobOverwrite',
  );
  expect(await outcome(blob.beginCopyFromURL(blob.url))).toBe('403 UnauthorizedBlobOverwrite');
  expect(await outcome(blob.stageBlock('AAAA', 'x', 1))).toBe(NO_PERMISSION);
  expect(await outcome(blob.commitBlockList([]))).toBe(NO_PERMISSION);
  expect(await outcome(blob.delete())).toBe(NO_PERMISSION);
  expect(await outcome(blob.setMetadata({ a: '1' }))).toBe(NO_PERMISSION);
  expect(await outcome(blob.setAccessTier('Cool'))).toBe(NO_PERMISSION);
  expect(await outcome(where.delete())).toBe(NO_PERMISSION);
  expect((await blob.downloadToBuffer()).toString()).toBe('one');
});

test('the reader’s connection cannot create either', async () => {
  const where = storage.blobs(readerConnection(storage.urls)).getContainerClient('archive');
  expect(await outcome(where.getBlockBlobClient('b').upload('x', 1))).toBe(NO_PERMISSION);
  expect(await outcome(where.getProperties())).toBe('allowed');
});

test('the ledger connection works on entities, one by one and in transactions, and makes no tables', async () => {
  const open = (connection: string, table: string): TableClient =>
    TableClient.fromConnectionString(connection, table, {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
  await open(storage.connection, 'runs').createTable();
  const runs = open(storage.duty.ledger, 'runs');
  await runs.createEntity({ partitionKey: 'p', rowKey: '1', value: 1 });
  await runs.submitTransaction([
    ['create', { partitionKey: 'p', rowKey: '2', value: 2 }],
    ['upsert', { partitionKey: 'p', rowKey: '1', value: 3 }, 'Merge'],
  ]);
  await runs.deleteEntity('p', '2');
  const values: unknown[] = [];
  for await (const { value } of runs.listEntities()) values.push(value);
  expect(values).toEqual([3]);
  expect(await outcome(open(storage.duty.ledger, 'other').createTable())).toMatch(/^403/);
});

test('the events connection is good for queues only', async () => {
  const queue = QueueServiceClient.fromConnectionString(storage.duty.events).getQueueClient('strongroom-events');
  expect(await outcome(queue.sendMessage('x'))).toBe('allowed');
  expect((await queue.receiveMessages()).receivedMessageItems).toHaveLength(1);
  const service = storage.blobs(
    storage.duty.events.replace('QueueEndpoint', 'BlobEndpoint').replace(storage.urls.queue, storage.urls.blob),
  );
  expect(await outcome(service.getContainerClient('archive').getProperties())).toBe('403 AuthorizationServiceMismatch');
});

test('a connection outlives years on the stack’s clock', async () => {
  await storage.advanceDays(3_650);
  const where = storage.blobs(storage.duty.archive).getContainerClient('archive');
  expect(await outcome(where.getBlockBlobClient('later').upload('x', 1))).toBe('allowed');
  const { createdOn } = await where.getBlobClient('later').getProperties();
  expect(createdOn!.getTime()).toBeGreaterThan(Date.now() + 3_649 * 86_400_000);
});
