import { createBlobArchive } from '../../src/archive/blob-archive';
import { createBlobServiceClient } from '../../src/archive/blob-service-client';
import { startAzurite } from '../fakes/azurite';
import { InMemoryArchive } from '../fakes/in-memory-archive';
import { archiveContract } from './archive.contract';

const containers = { daily: 'strongroom-daily', monthly: 'strongroom-monthly' };

archiveContract('the archive in memory', () =>
  Promise.resolve({ archive: new InMemoryArchive(), stop: () => Promise.resolve() }),
);

archiveContract('the archive in blob storage', async () => {
  const azurite = await startAzurite();
  const client = createBlobServiceClient({ connectionString: azurite.connectionString });
  for (const container of Object.values(containers)) await client.createContainer(container);
  return { archive: createBlobArchive({ client, containers }), stop: azurite.stop };
});
