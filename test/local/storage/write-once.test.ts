import { Buffer } from 'node:buffer';
import { BlobSASPermissions, type BlockBlobClient, type ContainerClient, RestError } from '@azure/storage-blob';
import { StorageProcess, outcome } from './storage-process';

const IMMUTABLE = '409 BlobImmutableDueToPolicy';
const HELD = '409 BlobImmutableDueToLegalHold';

const storage = new StorageProcess();
let names = 0;

beforeAll(() => storage.start({ inMemory: true }));
afterAll(() => storage.stopAndClean());

async function container(settings: object = {}): Promise<ContainerClient> {
  const name = `container-${++names}`;
  const { status } = await storage.control('PUT', `/containers/${name}`, settings);
  expect(status).toBe(201);
  return storage.blobs().getContainerClient(name);
}

async function blobIn(where: ContainerClient, name = 'folder/one.jwe', content = 'first'): Promise<BlockBlobClient> {
  const blob = where.getBlockBlobClient(name);
  await blob.upload(content, content.length);
  return blob;
}

async function textOf(blob: BlockBlobClient): Promise<string> {
  return (await blob.downloadToBuffer()).toString();
}

const blockId = (text: string): string => Buffer.from(text).toString('base64');

describe.each([{ locked: false }, { locked: true }])('a container with a retention (locked: $locked)', ({ locked }) => {
  let where: ContainerClient;
  let blob: BlockBlobClient;
  beforeEach(async () => {
    where = await container({ retentionDays: 30, locked });
    blob = await blobIn(where);
  });
  afterEach(async () => {
    expect(await textOf(blob)).toBe('first');
  });

  test('takes new blobs, by every way there is to make one', async () => {
    const blocks = where.getBlockBlobClient('blocks');
    await blocks.stageBlock(blockId('1'), 'abc', 3);
    expect(await outcome(blocks.commitBlockList([blockId('1')]))).toBe('allowed');
    expect(await outcome(where.getBlockBlobClient('copied').syncCopyFromURL(await readUrl(blob)))).toBe('allowed');
    expect(await outcome(where.getAppendBlobClient('appended').create())).toBe('allowed');
    expect(await outcome(where.getPageBlobClient('pages').create(512))).toBe('allowed');
  });

  test('refuses to overwrite, in every way', async () => {
    expect(await outcome(blob.upload('other', 5))).toBe(IMMUTABLE);
    await blob.stageBlock(blockId('1'), 'abc', 3);
    expect(await outcome(blob.commitBlockList([blockId('1')]))).toBe(IMMUTABLE);
    const other = await blobIn(where, 'other', 'other');
    expect(await outcome(blob.syncCopyFromURL(await readUrl(other)))).toBe(IMMUTABLE);
    expect(await outcome(blob.beginCopyFromURL(other.url))).toBe(IMMUTABLE);
    expect(await outcome(where.getAppendBlobClient('folder/one.jwe').create())).toBe(IMMUTABLE);
    expect(await outcome(where.getPageBlobClient('folder/one.jwe').create(512))).toBe(IMMUTABLE);
  });

  test('answers conditions before the policy', async () => {
    expect(await outcome(blob.upload('other', 5, { conditions: { ifNoneMatch: '*' } }))).toBe('409 BlobAlreadyExists');
    expect(await outcome(blob.upload('other', 5, { conditions: { ifMatch: '"0x1"' } }))).toBe('412 ConditionNotMet');
    expect(await outcome(blob.delete({ conditions: { ifMatch: '"0x1"' } }))).toBe('412 ConditionNotMet');
    expect(await outcome(where.getBlockBlobClient('missing').delete())).toBe('404 BlobNotFound');
  });

  test('refuses changes of metadata and properties, snapshots, and appends', async () => {
    expect(await outcome(blob.setMetadata({ a: '1' }))).toBe(IMMUTABLE);
    expect(await outcome(blob.setHTTPHeaders({ blobContentType: 'text/plain' }))).toBe(IMMUTABLE);
    expect(await outcome(blob.createSnapshot())).toBe(IMMUTABLE);
    const log = where.getAppendBlobClient('log');
    await log.create();
    expect(await outcome(log.appendBlock('line', 4))).toBe(IMMUTABLE);
    const pages = where.getPageBlobClient('pages');
    await pages.create(512);
    expect(await outcome(pages.uploadPages(Buffer.alloc(512), 0, 512))).toBe(IMMUTABLE);
    expect(await outcome(pages.resize(1024))).toBe(IMMUTABLE);
  });

  test('leaves tier, index tags and leases free', async () => {
    expect(await outcome(blob.setAccessTier('Cool'))).toBe('allowed');
    expect(await outcome(blob.setTags({ a: 'b' }))).toBe('allowed');
    const lease = blob.getBlobLeaseClient();
    await lease.acquireLease(15);
    expect(await outcome(lease.releaseLease())).toBe('allowed');
  });

  test('refuses to delete before the interval is over, one by one and in a batch', async () => {
    expect(await outcome(blob.delete())).toBe(IMMUTABLE);
    expect(await outcome(blob.delete({ deleteSnapshots: 'include' }))).toBe(IMMUTABLE);
    const free = await blobIn(await container(), 'free');
    const batch = await storage.blobs().getBlobBatchClient().deleteBlobs([blob, free]);
    expect(batch.subResponses.map(({ status, errorCode }) => `${status} ${errorCode ?? ''}`.trim())).toEqual([
      IMMUTABLE,
      '202',
    ]);
    expect(await free.exists()).toBe(false);
  });

  test('refuses to delete the container', async () => {
    expect(await outcome(where.delete())).toBe(
      locked ? '409 ContainerImmutabilityPolicyLocked' : '409 ContainerProtectedFromDeletion',
    );
  });

  test('says in its properties and in the listing that it has a policy', async () => {
    expect(await where.getProperties()).toMatchObject({ hasImmutabilityPolicy: true, hasLegalHold: false });
    const listed = storage.blobs().listContainers({ prefix: where.containerName });
    for await (const { properties } of listed) expect(properties.hasImmutabilityPolicy).toBe(true);
  });
});

test('the error is Azure’s: XML body, header, and text', async () => {
  const blob = await blobIn(await container({ retentionDays: 1 }));
  const error: unknown = await blob.upload('x', 1).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RestError);
  const { response, message } = error as RestError;
  expect(response?.headers.get('x-ms-error-code')).toBe('BlobImmutableDueToPolicy');
  expect(message).toContain('This operation is not permitted as the blob is immutable due to a policy.');
});

test('of many writers of one new path exactly one wins', async () => {
  const blob = (await container({ retentionDays: 1, locked: true })).getBlockBlobClient('race');
  const writers = Array.from({ length: 20 }, (_, index) => outcome(blob.upload(`${index}`, `${index}`.length)));
  const outcomes = await Promise.all(writers);
  expect(outcomes.filter((one) => one === 'allowed')).toHaveLength(1);
  expect(new Set(outcomes)).toEqual(new Set(['allowed', IMMUTABLE]));
});

test('an unauthenticated caller is refused as such, and learns nothing of the policy', async () => {
  const blob = await blobIn(await container({ retentionDays: 1 }));
  const headers = { 'x-ms-version': '2024-11-04', 'x-ms-blob-type': 'BlockBlob' };
  const response = await fetch(blob.url, { method: 'PUT', body: 'x', headers });
  expect(response.status).toBe(403);
  expect(response.headers.get('x-ms-error-code')).not.toContain('Immutable');
});

test('protected append lets an append blob grow, and nothing else', async () => {
  const where = await container({ retentionDays: 10, protectedAppend: true });
  const log = where.getAppendBlobClient('log');
  await log.create();
  expect(await outcome(log.appendBlock('one', 3))).toBe('allowed');
  expect(await outcome(log.create())).toBe(IMMUTABLE);
  expect(await outcome(log.seal())).toBe(IMMUTABLE);
  await storage.control('POST', `/containers/${where.containerName}/legal-hold`, { tags: ['case1'] });
  expect(await outcome(log.appendBlock('two', 3))).toBe(HELD);
  expect((await log.downloadToBuffer()).toString()).toBe('one');
});

test('a legal hold forbids changes and deletion but not new blobs, until the last tag is gone', async () => {
  const where = await container();
  const blob = await blobIn(where);
  const hold = `/containers/${where.containerName}/legal-hold`;
  await storage.control('POST', hold, { tags: ['case1', 'case2'] });
  expect(await where.getProperties()).toMatchObject({ hasImmutabilityPolicy: false, hasLegalHold: true });
  expect(await outcome(blob.upload('x', 1))).toBe(HELD);
  expect(await outcome(blob.delete())).toBe(HELD);
  expect(await outcome(where.delete())).toBe('409 ContainerHasLegalHold');
  expect(await outcome(blobIn(where, 'new'))).toBe('allowed');
  await storage.control('DELETE', hold, { tags: ['case1'] });
  expect(await outcome(blob.delete())).toBe(HELD);
  await storage.control('DELETE', hold, { tags: ['case2'] });
  expect(await outcome(blob.upload('x', 1))).toBe('allowed');
  expect(await outcome(blob.delete())).toBe('allowed');
});

test('a locked policy only grows, five times', async () => {
  const { containerName } = await container({ retentionDays: 10, locked: true });
  const path = `/containers/${containerName}`;
  expect((await storage.control('POST', `${path}/policy`, { retentionDays: 5 })).status).toBe(409);
  expect((await storage.control('DELETE', `${path}/policy`)).status).toBe(409);
  expect((await storage.control('POST', `${path}/policy/extend`, { retentionDays: 10 })).status).toBe(409);
  for (const retentionDays of [11, 12, 13, 14, 15]) {
    expect((await storage.control('POST', `${path}/policy/extend`, { retentionDays })).status).toBe(200);
  }
  expect((await storage.control('POST', `${path}/policy/extend`, { retentionDays: 16 })).status).toBe(409);
  const policy = { retentionDays: 15, state: 'Locked', protectedAppend: false, extensions: 5 };
  const { body } = await storage.control('GET', path);
  expect(body).toMatchObject({ name: containerName, policy, legalHolds: [] });
  const { history } = body['policy'] as { history: { update: string; days: number }[] };
  expect(history.map(({ update, days }) => `${update} ${days}`)).toEqual([
    'put 10',
    'lock 10',
    'extend 11',
    'extend 12',
    'extend 13',
    'extend 14',
    'extend 15',
  ]);
});

test('an unlocked policy is changed, removed, and then protects no more', async () => {
  const where = await container({ retentionDays: 10 });
  const blob = await blobIn(where);
  const path = `/containers/${where.containerName}/policy`;
  expect((await storage.control('POST', `${path}/extend`, { retentionDays: 20 })).status).toBe(409);
  expect((await storage.control('POST', path, { retentionDays: 2, protectedAppend: true })).status).toBe(200);
  expect((await storage.control('POST', path, { retentionDays: 0 })).status).toBe(400);
  expect((await storage.control('DELETE', path)).status).toBe(200);
  expect((await storage.control('DELETE', path)).status).toBe(404);
  expect(await outcome(blob.upload('x', 1))).toBe('allowed');
  expect(await outcome(where.delete())).toBe('allowed');
  expect((await storage.control('GET', `/containers/${where.containerName}`)).status).toBe(404);
});

// These move the clock of the whole storage, so they come last.
test('each blob may be deleted once its own interval is over by the stack’s clock, and never be overwritten', async () => {
  const where = await container({ retentionDays: 30, locked: true });
  const old = await blobIn(where, 'old');
  await storage.advanceDays(10);
  const young = await blobIn(where, 'young');
  await storage.advanceDays(20.001);
  expect(await outcome(old.upload('x', 1))).toBe(IMMUTABLE);
  expect(await outcome(old.setMetadata({ a: '1' }))).toBe(IMMUTABLE);
  expect(await outcome(young.delete())).toBe(IMMUTABLE);
  expect(await outcome(old.delete())).toBe('allowed');
  await storage.control('POST', `/containers/${where.containerName}/policy/extend`, { retentionDays: 60 });
  await storage.advanceDays(20);
  expect(await outcome(young.delete())).toBe(IMMUTABLE);
  await storage.advanceDays(20);
  expect(await outcome(young.delete())).toBe('allowed');
});

test('an append blob’s interval counts from its last append', async () => {
  const where = await container({ retentionDays: 10, protectedAppend: true });
  const log = where.getAppendBlobClient('log');
  await log.create();
  await storage.advanceDays(9);
  await log.appendBlock('one', 3);
  await storage.advanceDays(9);
  expect(await outcome(log.delete())).toBe(IMMUTABLE);
  await storage.advanceDays(1.001);
  expect(await outcome(log.delete())).toBe('allowed');
});

/** A copy reads its source with the source's own signature. */
async function readUrl(blob: BlockBlobClient): Promise<string> {
  return blob.generateSasUrl({ permissions: BlobSASPermissions.parse('r'), expiresOn: new Date('2199-01-01') });
}
