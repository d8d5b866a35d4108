import { StorageProcess, outcome } from './storage-process';

const storage = new StorageProcess();
afterAll(() => storage.stopAndClean());

test('a stop keeps everything; a hard kill keeps every acknowledged policy', async () => {
  await storage.start();
  await storage.control('PUT', '/containers/kept', { retentionDays: 30, locked: true });
  await storage.blobs().getContainerClient('kept').getBlockBlobClient('one').upload('first', 5);
  const { blob } = storage.urls;
  await storage.stop();

  await storage.start({ ports: { blob: Number(new URL(blob).port) } });
  expect(storage.urls.blob).toBe(blob);
  const where = storage.blobs().getContainerClient('kept');
  const one = where.getBlockBlobClient('one');
  expect((await one.downloadToBuffer()).toString()).toBe('first');
  expect(await outcome(one.delete())).toBe('409 BlobImmutableDueToPolicy');
  await storage.control('POST', '/containers/kept/policy/extend', { retentionDays: 60 });
  await storage.part.kill('SIGKILL');

  await storage.start();
  expect((await storage.control('GET', '/containers/kept')).body['policy']).toMatchObject({
    state: 'Locked',
    retentionDays: 60,
    extensions: 1,
  });
  await storage.advanceDays(31);
  expect(await outcome(storage.blobs().getContainerClient('kept').getBlobClient('one').delete())).toBe(
    '409 BlobImmutableDueToPolicy',
  );
});

test('a port in use is told in one line, and leaves no process', async () => {
  const { urls } = storage;
  const second = new StorageProcess();
  const port = Number(new URL(urls.table).port);
  await expect(second.start({ ports: { table: port } })).rejects.toThrow(
    `Port ${port} (table storage) is already in use.`,
  );
  await second.stopAndClean();
});
