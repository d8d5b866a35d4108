import { type BlobServiceClient } from '@azure/storage-blob';
import { type Tier } from '../contracts/objects';
import { archiveError } from './archive-errors';
import { type ContainerFlags } from './port';
import { defaultPatience, withTries } from './tries';

/** Reads the flags from the data plane, by Get Container Properties. Keeps the promises of {@link ContainerFlags}; makes no call until it is asked to. */
export function createContainerFlags({
  client,
  containers,
}: {
  /** Made by `createBlobServiceClient`, so that tries do not multiply. */
  client: BlobServiceClient;
  containers: Readonly<Record<Tier, string>>;
}): ContainerFlags {
  return {
    async read(tier) {
      const container = client.getContainerClient(containers[tier]);
      const { hasImmutabilityPolicy, hasLegalHold } = await withTries(
        defaultPatience,
        (error) => archiveError(error, 'describe', container.containerName),
        (abortSignal) => container.getProperties({ abortSignal }),
      );
      return { hasPolicy: hasImmutabilityPolicy ?? null, hasLegalHold: hasLegalHold ?? null };
    },
  };
}
