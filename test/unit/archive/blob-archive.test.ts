import { randomBytes } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { createBlobArchive } from '../../../src/archive/blob-archive';
import { createBlobServiceClient } from '../../../src/archive/blob-service-client';
import { type Archive } from '../../../src/archive/port';
import { connectionStringTo, type RunningAzurite, startAzurite } from '../../fakes/azurite';
import { type BlobProxy, startBlobProxy } from '../../fakes/blob-proxy';

const containers = { daily: 'strongroom-daily', monthly: 'strongroom-monthly' };
const patience = { tries: 4, firstPause: 1, longestPause: 4, perTry: 30_000 };

let azurite: RunningAzurite;
let proxy: BlobProxy;
let archive: Archive;

beforeAll(async () => {
  azurite = await startAzurite();
  await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer(containers.daily);
});
afterAll(() => azurite.stop());
beforeEach(async () => {
  proxy = await startBlobProxy(azurite.blobUrl);
  archive = archiveAt(proxy.url);
});
afterEach(() => proxy.stop());

function archiveAt(blobUrl: string, perTry = patience.perTry): Archive {
  const client = createBlobServiceClient({ connectionString: connectionStringTo({ blobUrl }) });
  return createBlobArchive({ client, containers, patience: { ...patience, perTry } });
}

const path = () => `faults/${randomBytes(8).toString('hex')}.jwe`;

describe('storing through faults', () => {
  it('counts a blob as stored once when the answer to its upload was lost', async () => {
    proxy.expect('PUT', 'lose-answer');
    await expect(archive.put('daily', path(), Buffer.from('a'))).resolves.toMatchObject({ bytes: 1 });
    expect(proxy.seen).toEqual(['PUT lose-answer', 'PUT 409', 'GET 200']);
  });

  it.each([
    [409, 'BlobImmutableDueToPolicy'],
    [409, 'BlobImmutableDueToLegalHold'],
    [412, 'ConditionNotMet'],
    [403, 'UnauthorizedBlobOverwrite'],
    [403, 'AuthorizationPermissionMismatch'],
  ])('lets the bytes decide after %d %s on a second try', async (answer, code) => {
    const name = path();
    await archive.put('daily', name, Buffer.from('the bytes'));
    proxy.expect('PUT', { answer, code }, 2);
    await expect(archive.put('daily', name, Buffer.from('the bytes'))).resolves.toMatchObject({ bytes: 9 });
    await expect(archive.put('daily', name, Buffer.from('others'))).rejects.toMatchObject({ code: 'archive_conflict' });
  });

  it.each([408, 429, 500, 502, 503, 504])('tries again after %d', async (answer) => {
    proxy.expect('PUT', { answer, code: 'ServerBusy' }, 2);
    proxy.expect('GET', { answer, body: 'not XML' }, 2);
    await expect(archive.put('daily', path(), Buffer.from('a'))).resolves.toMatchObject({ bytes: 1 });
  });

  it('gives up after its tries, and says that it may be cured by time', async () => {
    proxy.expect('PUT', { answer: 503, code: 'ServerBusy' }, patience.tries);
    await expect(archive.put('daily', path(), Buffer.from('a'))).rejects.toMatchObject({
      code: 'archive_unavailable',
      retryable: true,
      details: { status: 503, service: 'ServerBusy', container: 'strongroom-daily' },
    });
    expect(proxy.seen).toHaveLength(patience.tries);
  });

  it('finds that what is stored is not what was sent', async () => {
    proxy.expect('GET', 'alter-answer');
    await expect(archive.put('daily', path(), Buffer.from('sent'))).rejects.toMatchObject({
      code: 'archive_readback_mismatch',
      retryable: false,
    });
  });

  it('gives up a connection that went silent, and tries again', async () => {
    proxy.expect('PUT', 'never-answer');
    await expect(archiveAt(proxy.url, 1_000).put('daily', path(), Buffer.from('a'))).resolves.toMatchObject({
      bytes: 1,
    });
  });
});

describe('reading through faults', () => {
  it('reads again when a download broke off', async () => {
    const content = randomBytes(200_000);
    const name = path();
    await archive.put('daily', name, content);
    proxy.expect('GET', 'tear-answer', 2);
    expect(Buffer.from(await archive.get('daily', name)).equals(content)).toBe(true);
  });

  it('reads again when a download went silent', async () => {
    const name = path();
    await archive.put('daily', name, Buffer.from('the bytes'));
    proxy.expect('GET', 'stall-answer');
    expect(Buffer.from(await archiveAt(proxy.url, 1_000).get('daily', name)).toString()).toBe('the bytes');
  });

  it('lists again when an answer broke off', async () => {
    await archive.put('daily', 'torn/a/blob', Buffer.from('a'));
    proxy.expect('GET', 'tear-answer', 2);
    expect(await archive.listFolders('daily', 'torn/')).toEqual(['a']);
  });
});

describe('refusals', () => {
  it.each([
    [403, 'AuthorizationFailure'],
    [403, 'AuthenticationFailed'],
    [401, 'InvalidAuthenticationInfo'],
  ])('names the permission that is missing at %d %s', async (answer, code) => {
    proxy.expect('PUT', { answer, code });
    await expect(archive.put('daily', path(), Buffer.from('a'))).rejects.toMatchObject({
      code: 'archive_forbidden',
      message: expect.stringContaining('blobs/add/action') as string,
      retryable: false,
    });
    proxy.expect('GET', { answer, code }, 2);
    await expect(archive.get('daily', path())).rejects.toMatchObject({
      code: 'archive_forbidden',
      message: expect.stringContaining('blobs/read') as string,
    });
    await expect(archive.check('daily')).rejects.toMatchObject({ code: 'archive_forbidden' });
  });

  it('says that an archive which may not be read either forbids storing', async () => {
    proxy.expect('PUT', { answer: 403, code: 'AuthorizationFailure' });
    proxy.expect('GET', { answer: 403, code: 'AuthorizationFailure' });
    await expect(archive.put('daily', path(), Buffer.from('a'))).rejects.toMatchObject({
      message: expect.stringContaining('blobs/add/action') as string,
    });
  });

  it('says that the container is missing, and who makes it', async () => {
    const missing = { code: 'archive_container_missing', message: expect.stringContaining('deployment') as string };
    await expect(archive.check('monthly')).rejects.toMatchObject(missing);
    await expect(archive.put('monthly', path(), Buffer.from('a'))).rejects.toMatchObject(missing);
    await expect(archive.get('monthly', path())).rejects.toMatchObject(missing);
    await expect(archive.listFolders('monthly', '')).rejects.toMatchObject(missing);
  });

  it('passes other refusals on by name', async () => {
    proxy.expect('PUT', { answer: 400, code: 'InvalidHeaderValue' });
    await expect(archive.put('daily', path(), Buffer.from('a'))).rejects.toMatchObject({
      code: 'archive_refused',
      retryable: false,
      details: { status: 400, service: 'InvalidHeaderValue' },
    });
  });

  it('says that nobody answers at the address, without the key that the address came with', async () => {
    const url = proxy.url;
    await proxy.stop();
    const failure: unknown = await archiveAt(url)
      .put('daily', path(), Buffer.from('a'))
      .then(String, (e: unknown) => e);
    expect(failure).toMatchObject({ code: 'archive_unreachable', retryable: true });
    expect(JSON.stringify(failure)).not.toContain('Eby8');
    proxy = await startBlobProxy(azurite.blobUrl);
  });

  it('tells a credential that gives no token from an archive that is down', async () => {
    const failing = Object.assign(new Error('foreign text'), { name: 'CredentialUnavailableError' });
    const client = createBlobServiceClient({
      url: 'https://archive.invalid',
      credential: { getToken: () => Promise.reject(failing) },
    });
    await expect(createBlobArchive({ client, containers, patience }).check('daily')).rejects.toMatchObject({
      code: 'archive_forbidden',
      details: { reason: 'no_token' },
    });
  });
});
