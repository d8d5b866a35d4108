import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { type Tier } from '../contracts/objects';
import { StrongroomError } from '../errors';
import { archiveError, type ArchiveOperation } from './archive-errors';
import { type Archive, type ArchivedBlob, type StoredBytes } from './port';
import { defaultPatience, type Patience, withTries } from './tries';

/** What {@link createBlobArchive} works with. */
export interface BlobArchiveOptions {
  /** Made by `createBlobServiceClient`, so that tries do not multiply. */
  client: BlobServiceClient;
  /** The container of each tier. */
  containers: Readonly<Record<Tier, string>>;
  patience?: Patience;
}

/** The archive in Azure Blob Storage. Keeps the promises of {@link Archive}; makes no call until it is asked to. */
export function createBlobArchive(options: BlobArchiveOptions): Archive {
  return new BlobArchive(options);
}

class BlobArchive implements Archive {
  private readonly containers: Readonly<Record<Tier, ContainerClient>>;
  private readonly patience: Patience;

  constructor({ client, containers, patience = defaultPatience }: BlobArchiveOptions) {
    const { daily, monthly } = containers;
    this.containers = { daily: client.getContainerClient(daily), monthly: client.getContainerClient(monthly) };
    this.patience = patience;
  }

  async put(tier: Tier, path: string, content: Uint8Array): Promise<StoredBytes> {
    const refusal = await this.upload(tier, path, content);
    const found = await this.readBack(tier, path, refusal);
    const stored = { digest: createHash('sha256').update(content).digest('hex'), bytes: content.byteLength };
    if (found.bytes === stored.bytes && found.digest === stored.digest) return stored;
    const details = { container: this.containers[tier].containerName, path, sent: stored.bytes, found: found.bytes };
    if (refusal) {
      throw new StrongroomError('archive_conflict', 'The archive has a blob of this name with other content.', {
        cause: refusal,
        details,
      });
    }
    throw new StrongroomError('archive_readback_mismatch', 'What was read back is not what was stored.', { details });
  }

  get(tier: Tier, path: string): Promise<Uint8Array> {
    return this.download(tier, path, buffer);
  }

  async listFolders(tier: Tier, prefix: string): Promise<string[]> {
    return (await this.listBelow(tier, prefix, 'prefix')).map((name) => name.slice(0, -1)).sort();
  }

  async listFiles(tier: Tier, prefix: string): Promise<string[]> {
    return (await this.listBelow(tier, prefix, 'blob')).sort();
  }

  async listBlobs(tier: Tier, prefix: string): Promise<ArchivedBlob[]> {
    return this.call(tier, 'list', async (abortSignal) => {
      const blobs: ArchivedBlob[] = [];
      for await (const { name, properties } of this.containers[tier].listBlobsFlat({ prefix, abortSignal }))
        blobs.push({ path: name, createdAt: properties.createdOn ?? properties.lastModified });
      return blobs;
    });
  }

  async check(tier: Tier): Promise<void> {
    // Listing, because reading the container's properties would need a permission that the app has no other use for.
    await this.call(tier, 'list', async (abortSignal) => {
      await this.containers[tier].listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 }).next();
    });
  }

  /**
   * One Put Blob. `undefined`: the blob was made now. Otherwise why the archive refused, where the cause may be that the blob is already
   * there: it says so itself when the answer to an earlier try was lost; an identity that may add and not overwrite can get 403 instead.
   */
  private async upload(tier: Tier, path: string, content: Uint8Array): Promise<StrongroomError | undefined> {
    const blob = this.containers[tier].getBlockBlobClient(path);
    try {
      await this.call(tier, 'store', async (abortSignal) => {
        await blob.upload(Buffer.from(content.buffer, content.byteOffset, content.byteLength), content.byteLength, {
          abortSignal,
          conditions: { ifNoneMatch: '*' },
        });
      });
      return undefined;
    } catch (error) {
      if (hasCode(error, 'archive_conflict') || hasCode(error, 'archive_forbidden')) return error;
      throw error;
    }
  }

  /** What the blob holds; after a refusal that turns out not to be about an existing blob, throws that refusal. */
  private async readBack(tier: Tier, path: string, refusal: StrongroomError | undefined): Promise<StoredBytes> {
    try {
      return await this.download(tier, path, digestOf);
    } catch (error) {
      const isForbidden = refusal?.code === 'archive_forbidden' && hasCode(error, 'archive_forbidden');
      if (refusal && (isForbidden || hasCode(error, 'archive_blob_missing'))) throw refusal;
      throw error;
    }
  }

  private listBelow(tier: Tier, prefix: string, kind: 'prefix' | 'blob'): Promise<string[]> {
    return this.call(tier, 'list', async (abortSignal) => {
      const names: string[] = [];
      for await (const item of this.containers[tier].listBlobsByHierarchy('/', { prefix, abortSignal }))
        if (item.kind === kind) names.push(item.name.slice(prefix.length));
      return names;
    });
  }

  private download<T>(tier: Tier, path: string, read: (content: NodeJS.ReadableStream) => Promise<T>): Promise<T> {
    const blob = this.containers[tier].getBlobClient(path);
    return this.call(tier, 'read', async (abortSignal) => {
      const { readableStreamBody } = await blob.download(0, undefined, { abortSignal });
      return read(readableStreamBody ?? Readable.from([]));
    });
  }

  private call<T>(tier: Tier, operation: ArchiveOperation, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withTries(
      this.patience,
      (error) => archiveError(error, operation, this.containers[tier].containerName),
      call,
    );
  }
}

function hasCode(error: unknown, code: StrongroomError['code']): error is StrongroomError {
  return error instanceof StrongroomError && error.code === code;
}

/** Of bytes as they come, so that a second copy of a large index is never in memory. */
async function digestOf(content: NodeJS.ReadableStream): Promise<StoredBytes> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    bytes += Buffer.byteLength(chunk);
  }
  return { digest: hash.digest('hex'), bytes };
}
