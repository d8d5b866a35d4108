import { buffer } from 'node:stream/consumers';
import { ContainerClient, RestError } from '@azure/storage-blob';
import { type ListedBlob, type SnapshotSource } from './source';

/**
 * A blob container. Needs to list and read blobs only: a SAS with `rl`, or the role Storage Blob Data Reader.
 *
 * Errors name the status and the service's code and carry nothing else of the request, because its URL may hold a SAS.
 */
export function containerSource(container: ContainerClient): SnapshotSource {
  return {
    list: async (prefix) => {
      const blobs: ListedBlob[] = [];
      try {
        for await (const item of container.listBlobsFlat({ prefix })) {
          blobs.push({ path: item.name, bytes: item.properties.contentLength ?? 0 });
        }
      } catch (error) {
        throw unreachable('listed', error);
      }
      return blobs;
    },
    read: async (path) => {
      try {
        const { readableStreamBody } = await container.getBlobClient(path).download();
        if (readableStreamBody === undefined) throw new Error('the answer has no body');
        return await buffer(readableStreamBody);
      } catch (error) {
        if (error instanceof RestError && error.code === 'BlobNotFound') return undefined;
        throw unreachable('read', error);
      }
    },
  };
}

/** The container behind a URL that carries its own right to read, a SAS. */
export function containerSourceOf(urlWithSas: string): SnapshotSource {
  return containerSource(new ContainerClient(urlWithSas));
}

function unreachable(verb: string, error: unknown): Error {
  const reason =
    error instanceof RestError ? `${error.statusCode ?? 'no answer'} ${error.code ?? ''}`.trim() : 'torn connection';
  return new Error(`the container cannot be ${verb}: ${reason}`);
}
