import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type BlobServiceClient } from '@azure/storage-blob';
import { type Tier } from '../contracts/objects';
import { StrongroomError } from '../errors';
import { archiveError, type ArchiveOperation } from './archive-errors';
import { type Archive, type StoredBytes } from './port';
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
  private readonly client: BlobServiceClient;
  private readonly containers: Readonly<Record<Tier, string>>;
  private readonly patience: Patience;

  constructor({ client, containers, patience = defaultPatience }: BlobArchiveOptions) {
    this.client = client;
    this.containers = containers;
    this.patience = patience;
  }

  async put(tier: Tier, path: string, content: Uint8Array): Promise<StoredBytes> {
    const refusal = await this.upload(tier, path, content);
    const found = await this.readBack(tier, path, refusal);
    const stored = { digest: sha256(content), bytes: content.byteLength };
    if (found.byteLength === stored.bytes && sha256(found) === stored.digest) return stored;
    const details = { container: this.containers[tier], path, sent: stored.bytes, found: found.byteLength };
    if (refusal) {
      throw new StrongroomError('archive_conflict', 'The archive has a blob of this name with other content.', {
        cause: refusal,
        details,
      });
    }
    throw new StrongroomError('archive_readback_mismatch', 'What was read back is not what was stored.', { details });
  }

  async get(tier: Tier, path: string): Promise<Uint8Array> {
    const blob = this.container(tier).getBlobClient(path);
    return this.call(tier, 'read', async (abortSignal) => {
      const { readableStreamBody } = await blob.download(0, undefined, { abortSignal });
      return readableStreamBody === undefined ? new Uint8Array() : buffer(readableStreamBody);
    });
  }

  async listFolders(tier: Tier, prefix: string): Promise<string[]> {
    return this.call(tier, 'list', async (abortSignal) => {
      const names: string[] = [];
      for await (const item of this.container(tier).listBlobsByHierarchy('/', { prefix, abortSignal }))
        if (item.kind === 'prefix') names.push(item.name.slice(prefix.length, -1));
      return names.sort();
    });
  }

  async check(tier: Tier): Promise<void> {
    // Listing, because reading the container's properties would need a permission that the app has no other use for.
    await this.call(tier, 'list', async (abortSignal) => {
      await this.container(tier).listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 }).next();
    });
  }

  /**
   * One Put Blob. `undefined`: the blob was made now. Otherwise why the archive refused, where the cause may be that the blob is already
   * there: it says so itself when the answer to an earlier try was lost; an identity that may add and not overwrite can get 403 instead.
   */
  private async upload(tier: Tier, path: string, content: Uint8Array): Promise<StrongroomError | undefined> {
    const blob = this.container(tier).getBlockBlobClient(path);
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

  /** The bytes of the blob; after a refusal that turns out not to be about an existing blob, throws that refusal. */
  private async readBack(tier: Tier, path: string, refusal: StrongroomError | undefined): Promise<Uint8Array> {
    try {
      return await this.get(tier, path);
    } catch (error) {
      const isForbidden = refusal?.code === 'archive_forbidden' && hasCode(error, 'archive_forbidden');
      if (refusal && (isForbidden || hasCode(error, 'archive_blob_missing'))) throw refusal;
      throw error;
    }
  }

  private call<T>(tier: Tier, operation: ArchiveOperation, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withTries(this.patience, (error) => archiveError(error, operation, this.containers[tier]), call);
  }

  private container(tier: Tier): ReturnType<BlobServiceClient['getContainerClient']> {
    return this.client.getContainerClient(this.containers[tier]);
  }
}

function hasCode(error: unknown, code: StrongroomError['code']): error is StrongroomError {
  return error instanceof StrongroomError && error.code === code;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
