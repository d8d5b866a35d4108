import { type BlobServiceClient } from '@azure/storage-blob';
import { type Tier } from '../contracts/objects';
import { type ErrorCode, StrongroomError } from '../errors';
import { archiveError } from './archive-errors';
import { type ArchivePruner, type Deletion } from './port';
import { defaultPatience, type Patience, withTries } from './tries';

const OUTCOMES: Partial<Record<ErrorCode, Deletion>> = {
  archive_blob_missing: 'gone',
  archive_blob_retained: 'retained',
};

/**
 * Deletes from Azure Blob Storage, one call a blob: a batch would need `containers/write`. Keeps the promises of {@link ArchivePruner}; makes no call until it
 * is asked to. A deletion whose answer was lost is sent again and then counts as `gone`.
 */
export function createBlobPruner({
  client,
  containers,
  patience = defaultPatience,
}: {
  /** Made by `createBlobServiceClient`, so that tries do not multiply. */
  client: BlobServiceClient;
  containers: Readonly<Record<Tier, string>>;
  patience?: Patience;
}): ArchivePruner {
  return {
    async remove(tier, path) {
      const container = client.getContainerClient(containers[tier]);
      try {
        await withTries(
          patience,
          (error) => archiveError(error, 'delete', container.containerName),
          (abortSignal) => container.getBlobClient(path).delete({ abortSignal }),
        );
        return 'deleted';
      } catch (error) {
        const outcome = error instanceof StrongroomError ? OUTCOMES[error.code] : undefined;
        if (outcome === undefined) throw error;
        return outcome;
      }
    },
  };
}
