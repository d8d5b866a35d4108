import StorageError from 'azurite/dist/src/blob/errors/StorageError';

/** Azurite's context of one blob request, as far as it is used here. */
export interface BlobContext {
  contextId: string;
  request?: { getHeader(name: string): string | undefined; getQuery(name: string): string | undefined };
}

/** The conditional headers of a request. */
export interface Conditions {
  ifMatch?: string;
  ifNoneMatch?: string;
}

/** A blob in Azurite's metadata. Times are `Date` until they were saved and loaded again. */
export interface StoredBlob {
  name: string;
  containerName: string;
  isCommitted?: boolean;
  properties: {
    creationTime: Date | string;
    lastModified: Date | string;
    etag: string;
    blobType?: string;
    contentLength?: number;
    contentType?: string;
  };
}

/** A container in Azurite's metadata. */
export interface StoredContainer {
  name: string;
  properties: { hasImmutabilityPolicy?: boolean; hasLegalHold?: boolean };
}

/** Where a copy goes. */
interface BlobAddress {
  account: string;
  container: string;
  blob: string;
}

interface BlockAddress {
  containerName: string;
  blobName: string;
}

type Rest = unknown[];

/**
 * Azurite's blob metadata store: every request, and every part of a batch, ends in one of these calls after it was
 * authenticated, and what they do to a blob happens in one synchronous step.
 */
export interface BlobStore {
  getBlob(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    snapshot?: string,
  ): Promise<StoredBlob | undefined>;
  listBlobs(
    context: BlobContext,
    account: string,
    container: string,
    delimiter?: string,
    blob?: string,
    prefix?: string,
    maxResults?: number,
  ): Promise<[StoredBlob[], ...Rest]>;
  getContainerProperties(
    context: BlobContext,
    account: string,
    container: string,
    ...rest: Rest
  ): Promise<StoredContainer>;
  listContainers(context: BlobContext, account: string, ...rest: Rest): Promise<[StoredContainer[], ...Rest]>;
  createContainer(context: BlobContext, container: object): Promise<unknown>;
  deleteContainer(context: BlobContext, account: string, container: string, ...rest: Rest): Promise<unknown>;
  createBlob(context: BlobContext, blob: StoredBlob, lease?: object, conditions?: Conditions): Promise<unknown>;
  commitBlockList(
    context: BlobContext,
    blob: StoredBlob,
    blocks: unknown,
    lease?: object,
    conditions?: Conditions,
  ): Promise<unknown>;
  startCopyFromURL(
    context: BlobContext,
    source: object,
    target: BlobAddress,
    url: string,
    metadata?: object,
    tier?: string,
    options?: CopyOptions,
  ): Promise<unknown>;
  copyFromURL(
    context: BlobContext,
    source: object,
    target: BlobAddress,
    url: string,
    metadata?: object,
    tier?: string,
    options?: CopyOptions,
  ): Promise<unknown>;
  createSnapshot(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    lease?: object,
    metadata?: object,
    conditions?: Conditions,
  ): Promise<unknown>;
  deleteBlob(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    options: DeleteOptions,
  ): Promise<unknown>;
  setBlobHTTPHeaders(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    lease?: object,
    headers?: object,
    conditions?: Conditions,
  ): Promise<unknown>;
  setBlobMetadata(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    lease?: object,
    metadata?: object,
    conditions?: Conditions,
  ): Promise<unknown>;
  appendBlock(
    context: BlobContext,
    block: BlockAddress,
    lease?: object,
    conditions?: Conditions,
    position?: object,
  ): Promise<unknown>;
  uploadPages(context: BlobContext, blob: StoredBlob, ...rest: Rest): Promise<unknown>;
  clearRange(context: BlobContext, blob: StoredBlob, ...rest: Rest): Promise<unknown>;
  resizePageBlob(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    ...rest: Rest
  ): Promise<unknown>;
  updateSequenceNumber(
    context: BlobContext,
    account: string,
    container: string,
    blob: string,
    ...rest: Rest
  ): Promise<unknown>;
  sealBlob(context: BlobContext, account: string, container: string, blob: string, ...rest: Rest): Promise<unknown>;
}

/** Options of a copy, as far as they are used here. */
interface CopyOptions {
  modifiedAccessConditions?: Conditions;
}

/** Options of a delete, as far as they are used here. */
interface DeleteOptions {
  snapshot?: string;
  modifiedAccessConditions?: Conditions;
}

/** The one account of the stack's storage, and of every emulator: its key is published and protects nothing. */
export const ACCOUNT = 'devstoreaccount1';

/** The published key of {@link ACCOUNT}. */
export const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** An error that Azurite answers as Azure would: status, `x-ms-error-code` and XML body. */
export function storageError(context: BlobContext, status: number, code: string, message: string): Error {
  return new StorageError(status, code, message, context.contextId);
}

/**
 * The same store over the same data, with its methods as they are now: what a replaced method calls to do the work.
 */
export function twinOf(store: BlobStore): BlobStore {
  return Object.assign(Object.create(Object.getPrototypeOf(store) as object) as BlobStore, store);
}
