import { type TokenCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';

/** How the archive's storage account is reached: with the app's identity, or on a developer's machine by a connection string. */
export type ArchiveAccess = { url: string; credential: TokenCredential } | { connectionString: string };

// The SDK's own retry is off, and src/archive/tries.ts takes its place: the SDK repeats neither 429, 408, 502 and 504 nor a download
// that breaks off, has no jitter, and its `tryTimeoutInMs` is a request to the server that ends no connection which went silent.
const OPTIONS = { retryOptions: { maxTries: 1 } };

/** A client for {@link ArchiveAccess}. Makes no call. Throws if the URL or the connection string cannot be read. */
export function createBlobServiceClient(access: ArchiveAccess): BlobServiceClient {
  return 'connectionString' in access
    ? BlobServiceClient.fromConnectionString(access.connectionString, OPTIONS)
    : new BlobServiceClient(access.url, access.credential, OPTIONS);
}
