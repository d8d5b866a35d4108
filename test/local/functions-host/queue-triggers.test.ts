import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';

import { type Azurite, startAzurite } from '../../../local/storage/azurite-servers';
import { accountConnection, protectConnections } from '../../../local/storage/connections';
import { HostProcess, stopAll, temporaryFolder } from './host-process';

let azurite: Azurite;
let connection: string;
let eventsConnection: string;

beforeAll(async () => {
  azurite = await startAzurite(
    { dataDir: temporaryFolder(), inMemory: true, ports: { blob: 0, queue: 0, table: 0 } },
    (_service, handle) => handle,
    () => undefined,
  );
  const { blob, queue, table } = azurite.urls;
  const account = '/devstoreaccount1';
  const urls = { blob: blob + account, queue: queue + account, table: table + account };
  connection = accountConnection(urls);
  eventsConnection = protectConnections(urls).events;
});
afterAll(async () => {
  await stopAll();
  await azurite.stop();
});

interface Received {
  message: unknown;
  metadata: Record<string, unknown>;
}

const received = (host: HostProcess): Received[] =>
  host
    .runs()
    .filter((line) => line.startsWith('message '))
    .map((line) => JSON.parse(line.slice('message '.length)) as Received);

async function untilReceived(host: HostProcess, count: number): Promise<Received[]> {
  while (received(host).length < count) await delay(20);
  return received(host);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function queues(name: string): Promise<{ queue: QueueClient; poison: QueueClient }> {
  const service = QueueServiceClient.fromConnectionString(connection);
  const queue = service.getQueueClient(name);
  await queue.createIfNotExists();
  return { queue, poison: service.getQueueClient(`${name}-poison`) };
}

const start = (queueName: string, name = 'EVENTS'): Promise<HostProcess> =>
  HostProcess.start({
    app: 'triggers',
    modes: { timers: false },
    settings: { TICK_SCHEDULE: '0 0 0 1 1 *', QUEUE_NAME: queueName, [name]: eventsConnection },
    hostJson: join(__dirname, 'quick-retries.host.json'),
  });

async function untilEmpty(queue: QueueClient): Promise<void> {
  while ((await queue.getProperties()).approximateMessagesCount !== 0) await delay(20);
}

test('a message reaches the function with its metadata, and is deleted', async () => {
  const { queue, poison } = await queues('good');
  await queue.sendMessage(base64(JSON.stringify({ id: 7, text: 'grüezi' })));
  const host = await start('good');
  const [first] = await untilReceived(host, 1);
  expect(first?.message).toEqual({ id: 7, text: 'grüezi' });
  expect(first?.metadata).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    dequeueCount: 1,
    queueTrigger: { id: 7, text: 'grüezi' },
    popReceipt: expect.any(String) as string,
    insertionTime: expect.stringMatching(/^\d{4}-.*\+00:00$/) as string,
    expirationTime: expect.stringMatching(/^\d{4}-.*\+00:00$/) as string,
    nextVisibleTime: expect.stringMatching(/^\d{4}-.*\+00:00$/) as string,
  });
  await queue.sendMessage(base64('plain text'));
  expect((await untilReceived(host, 2))[1]?.message).toBe('plain text');
  await untilEmpty(queue);
  expect(await poison.exists()).toBe(false);
});

test('a message that fails comes again, and goes to the poison queue in the end', async () => {
  const { queue, poison } = await queues('failing');
  await queue.sendMessage(base64('bad apple'));
  const host = await start('failing', 'AzureWebJobsEVENTS');
  await untilEmpty(queue);
  expect((await untilReceived(host, 3)).map(({ metadata }) => metadata['dequeueCount'])).toEqual([1, 2, 3]);
  const { receivedMessageItems } = await poison.receiveMessages();
  expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual([base64('bad apple')]);
});

test('a message that is not base64 goes to the poison queue unseen', async () => {
  const { queue, poison } = await queues('plain');
  await queue.sendMessage('<not base64>');
  const host = await start('plain');
  await untilEmpty(queue);
  expect((await poison.receiveMessages()).receivedMessageItems).toHaveLength(1);
  expect(received(host)).toEqual([]);
});

test('a queue that is made later is found, and no queue is made by the host', async () => {
  const host = await start('later');
  const service = QueueServiceClient.fromConnectionString(connection);
  expect(await service.getQueueClient('later').exists()).toBe(false);
  const { queue } = await queues('later');
  for (let n = 0; n < 20; n++) await queue.sendMessage(base64(`message ${n}`));
  const texts = (await untilReceived(host, 20)).map(({ message }) => message);
  expect(new Set(texts).size).toBe(20);
});

test('a missing or broken connection string keeps the host from starting', async () => {
  const settings = { TICK_SCHEDULE: '0 0 0 1 1 *', QUEUE_NAME: 'q' };
  const starting = (more: object): Promise<HostProcess> =>
    HostProcess.start({ app: 'triggers', settings: { ...settings, ...more } });
  await expect(starting({})).rejects.toThrow(/^missing_setting: .*onMessage.*EVENTS/);
  await expect(starting({ EVENTS: 'nonsense' })).rejects.toThrow(/^bad_setting: .*EVENTS/);
});
