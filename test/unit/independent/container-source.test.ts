import { BlobServiceClient, type ContainerClient, ContainerSASPermissions } from '@azure/storage-blob';
import { runCommand } from '../../independent/command-line';
import { containerSource, containerSourceOf } from '../../independent/container-source';
import { verifySnapshots } from '../../independent/verify';
import { type RunningAzurite, startAzurite } from '../../fakes/azurite';
import { type Container, pemOf, signing, writeChain } from './plain-writer';

let azurite: RunningAzurite;
let container: ContainerClient;

beforeAll(async () => {
  azurite = await startAzurite();
  container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('strongroom-daily');
  await container.create();
  const blobs: Container = new Map();
  await writeChain(blobs, 2);
  for (const [path, bytes] of blobs) await container.getBlockBlobClient(path).upload(bytes, bytes.length);
});

afterAll(async () => {
  await azurite.stop();
});

const sasUrl = (permissions: string): Promise<string> =>
  container.generateSasUrl({
    permissions: ContainerSASPermissions.parse(permissions),
    expiresOn: new Date(Date.now() + 3_600_000),
  });

const options = { vault: 'contoso-prod', tier: 'daily', pinnedKeys: [pemOf(signing.publicKey)] } as const;

it('verifies a container with the rights to list and read alone', async () => {
  const { findings, snapshots } = await verifySnapshots({ ...options, source: containerSourceOf(await sasUrl('rl')) });
  expect(findings).toEqual([]);
  expect(snapshots.map(({ blobs }) => blobs)).toEqual(['intact', 'intact']);
});

it('lists below a prefix, and says of a blob that it is not there', async () => {
  const source = containerSource(container);
  const paths = (await source.list('2026-11-21/')).map(({ path }) => path);
  expect(paths).toHaveLength(5);
  expect(await source.read('2026-11-21/none')).toBeUndefined();
});

it('throws where it may not read or list, and where there is no container, without a word of the SAS', async () => {
  const writeOnly = await sasUrl('w');
  const source = containerSourceOf(writeOnly);
  const refusals = await Promise.allSettled([
    source.list(''),
    source.read('x'),
    verifySnapshots({ ...options, source }),
  ]);
  for (const refusal of refusals) {
    expect(refusal.status).toBe('rejected');
    expect(String((refusal as PromiseRejectedResult).reason)).toMatch(/^Error: the container cannot be \w+: 403/);
  }
  await expect(containerSourceOf(`${azurite.blobUrl}/none`).read('x')).rejects.toThrow(/cannot be read: \d{3}/);
  let err = '';
  const args = ['verify', '--container-url', writeOnly, '--vault', 'v', '--tier', 'daily', '--key', keyFile];
  expect(await runCommand(args, { out: () => undefined, err: (text) => (err += text) }, new Date())).toBe(3);
  expect(err).not.toMatch(/sig=/);
});

const keyFile = `${__dirname}/../../golden/format-1/keys/signing.public.pem`;
