import { QueueClient } from '@azure/storage-queue';
import { StorageProcess } from './storage-process';

const storage = new StorageProcess();
const QUEUE = 'blob-events';

interface BlobCreated {
  id: string;
  topic: string;
  subject: string;
  eventType: string;
  eventTime: string;
  data: Record<string, unknown>;
}

beforeAll(async () => {
  await storage.start({ inMemory: true, events: { queue: QUEUE, containers: ['told'] } });
  await storage.control('PUT', '/containers/told', { retentionDays: 1 });
  await storage.control('PUT', '/containers/untold');
});
afterAll(() => storage.stopAndClean());

async function receive(count: number): Promise<BlobCreated[]> {
  const queue = new QueueClient(storage.connection, QUEUE);
  const events: BlobCreated[] = [];
  while (events.length < count) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    for (const { messageText } of receivedMessageItems) {
      events.push(JSON.parse(Buffer.from(messageText, 'base64').toString()) as BlobCreated);
    }
    if (receivedMessageItems.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return events;
}

test('every new blob of a watched container is told in Event Grid’s schema; refused ones and other containers are not', async () => {
  const told = storage.blobs().getContainerClient('told');
  const one = told.getBlockBlobClient('a folder/one.jwe');
  const { etag } = await one.upload('12345', 5, { blobHTTPHeaders: { blobContentType: 'application/jose' } });
  await one.upload('x', 1).catch(() => undefined);
  await storage.blobs().getContainerClient('untold').getBlockBlobClient('two').upload('x', 1);
  const blocks = told.getBlockBlobClient('blocks');
  await blocks.stageBlock('AAAA', 'abc', 3);
  await blocks.commitBlockList(['AAAA']);
  await (await told.getBlockBlobClient('copy').beginCopyFromURL(one.url)).pollUntilDone();

  const events = await receive(3);
  expect(events.map(({ data, subject }) => [data['api'], subject.split('/blobs/')[1]])).toEqual([
    ['PutBlob', 'a folder/one.jwe'],
    ['PutBlockList', 'blocks'],
    ['CopyBlob', 'copy'],
  ]);
  expect(events[0]).toMatchObject({
    eventType: 'Microsoft.Storage.BlobCreated',
    subject: '/blobServices/default/containers/told/blobs/a folder/one.jwe',
    data: {
      url: one.url,
      contentLength: 5,
      contentType: 'application/jose',
      blobType: 'BlockBlob',
      eTag: etag!.replaceAll('"', ''),
    },
  });
  expect(events[1]!.data['contentLength']).toBe(3);
  const sequencers = events.map(({ data }) => String(data['sequencer']));
  expect(sequencers).toEqual([...sequencers].sort());
  expect(new Set(events.map(({ id }) => id)).size).toBe(3);
});
