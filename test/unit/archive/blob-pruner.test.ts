import { createBlobPruner } from '../../../src/archive/blob-pruner';
import { createBlobServiceClient } from '../../../src/archive/blob-service-client';
import { type ArchivePruner } from '../../../src/archive/port';
import { StorageProcess } from '../../local/storage/storage-process';

// Against Azurite behind the write-once guard, which answers as Azure does.

const containers = { daily: 'strongroom-daily', monthly: 'strongroom-monthly' };
const patience = { tries: 3, firstPause: 1, longestPause: 2, perTry: 10_000 };
const storage = new StorageProcess();
let pruner: ArchivePruner;

const prunerOf = (connectionString: string): ArchivePruner =>
  createBlobPruner({ client: createBlobServiceClient({ connectionString }), containers, patience });

beforeAll(async () => {
  await storage.start({ inMemory: true });
  await storage.control('PUT', '/containers/strongroom-daily', { retentionDays: 30, locked: true });
  await storage.control('PUT', '/containers/strongroom-monthly', {});
  pruner = prunerOf(storage.connection);
});
afterAll(() => storage.stopAndClean());

async function put(container: string, path: string): Promise<void> {
  await storage.blobs().getContainerClient(container).getBlockBlobClient(path).upload('x', 1);
}
const isThere = (container: string, path: string): Promise<boolean> =>
  storage.blobs().getContainerClient(container).getBlobClient(path).exists();

test('deletes a blob, and finds it gone the second time', async () => {
  await put('strongroom-monthly', 'a/one');
  expect(await pruner.remove('monthly', 'a/one')).toBe('deleted');
  expect(await isThere('strongroom-monthly', 'a/one')).toBe(false);
  expect(await pruner.remove('monthly', 'a/one')).toBe('gone');
});

test('leaves what a locked policy protects until its time is over', async () => {
  await put('strongroom-daily', 'a/one');
  expect(await pruner.remove('daily', 'a/one')).toBe('retained');
  await storage.advanceDays(31);
  expect(await pruner.remove('daily', 'a/one')).toBe('deleted');
});

test('leaves what a legal hold protects', async () => {
  await put('strongroom-monthly', 'held');
  const hold = '/containers/strongroom-monthly/legal-hold';
  expect((await storage.control('POST', hold, { tags: ['court'] })).status).toBeLessThan(300);
  expect(await pruner.remove('monthly', 'held')).toBe('retained');
  expect(await isThere('strongroom-monthly', 'held')).toBe(true);
});

test('says what right is missing when the connection may not delete', async () => {
  await put('strongroom-monthly', 'kept');
  await expect(prunerOf(storage.duty.archive).remove('monthly', 'kept')).rejects.toMatchObject({
    code: 'archive_forbidden',
    message: expect.stringContaining('blobs/delete') as unknown,
  });
});

test('says that a container is missing', async () => {
  const client = createBlobServiceClient({ connectionString: storage.connection });
  const astray = createBlobPruner({ client, containers: { daily: 'no-such', monthly: 'no-such' }, patience });
  await expect(astray.remove('daily', 'a')).rejects.toMatchObject({ code: 'archive_container_missing' });
});
