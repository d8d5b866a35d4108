import { RestError } from '@azure/storage-blob';
import { type ErrorCode, StrongroomError, type SafeDetails } from '../errors';

/** What was asked of the archive, with the Azure permission that it needs. */
export type ArchiveOperation = 'store' | 'read' | 'list' | 'delete' | 'describe';

const ACTIONS: Record<ArchiveOperation, string> = {
  store: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action',
  read: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read',
  list: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read',
  delete: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete',
  describe: 'Microsoft.Storage/storageAccounts/blobServices/containers/read',
};
const CONTAINER_GONE = new Set(['ContainerNotFound', 'ContainerBeingDeleted', 'ContainerDisabled']);
// A container under a policy may answer with the policy before it looks at `If-None-Match`.
const ALREADY_THERE = new Set([
  'BlobAlreadyExists',
  'BlobImmutableDueToPolicy',
  'BlobImmutableDueToLegalHold',
  'ConditionNotMet',
]);
// 403 as well, and no role cures it: https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
const ACCOUNT_CLOSED = new Set(['AccountIsDisabled', 'InsufficientAccountPermissions']);
const PROTECTED = new Set(['BlobImmutableDueToPolicy', 'BlobImmutableDueToLegalHold']);
const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const NAMES_A_BLOB: ReadonlySet<ArchiveOperation> = new Set(['read', 'delete']);
const CREDENTIAL_FAILURES = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
]);

/**
 * What the storage SDK threw, as one of the `archive_*` errors. This is the only place that knows how Azure Storage says it. The message
 * is ours; the details hold the status, the service's error code and the container, never a URL, since that may carry a signature.
 */
export function archiveError(error: unknown, operation: ArchiveOperation, container: string): StrongroomError {
  if (error instanceof StrongroomError) return error;
  if (!(error instanceof Error)) return unexpected(error, container);
  if (CREDENTIAL_FAILURES.has(error.name)) {
    return new StrongroomError(
      'archive_forbidden',
      'The app got no token for the archive. Check its identity (AZURE_CLIENT_ID) and that the identity exists.',
      { cause: error, details: { container, reason: 'no_token' } },
    );
  }
  if (error instanceof RestError && error.statusCode !== undefined)
    return answered(error, error.statusCode, operation, container);
  return isConnectionFailure(error) ? unreachable(error, container) : unexpected(error, container);
}

function answered(error: RestError, status: number, operation: ArchiveOperation, container: string): StrongroomError {
  const service = serviceCode(error);
  const details: SafeDetails = { container, status, ...(service === undefined ? {} : { service }) };
  const as = (code: ErrorCode, message: string, retryable = false): StrongroomError =>
    new StrongroomError(code, message, { cause: error, details, retryable });

  if (status < 400) return unreachable(error, container);
  if (TRANSIENT_STATUS.has(status))
    return as('archive_unavailable', 'The archive is overloaded or out of order.', true);
  if ((service !== undefined && CONTAINER_GONE.has(service)) || (status === 404 && !NAMES_A_BLOB.has(operation))) {
    return as(
      'archive_container_missing',
      `The archive has no container '${container}'. The deployment makes it, never the app: run the deployment.`,
    );
  }
  if (status === 404) return as('archive_blob_missing', 'The archive has no such blob.');
  if (service !== undefined && ACCOUNT_CLOSED.has(service))
    return as('archive_refused', "The archive's storage account is disabled or read-only at the moment.");
  if (status === 401 || status === 403) {
    return as(
      'archive_forbidden',
      `The archive refuses to ${operation}. The app's identity needs ${ACTIONS[operation]} on container '${container}', and the account's firewall must let the app in.`,
    );
  }
  if (operation === 'delete' && service !== undefined && PROTECTED.has(service))
    return as('archive_blob_retained', 'A policy or a legal hold protects the blob.');
  if (service !== undefined && ALREADY_THERE.has(service))
    return as('archive_conflict', 'The archive already has a blob of this name.');
  return as('archive_refused', `The archive refuses to ${operation}.`);
}

function unreachable(error: Error, container: string): StrongroomError {
  return new StrongroomError('archive_unreachable', 'The archive cannot be reached, or a connection to it broke off.', {
    cause: error,
    retryable: true,
    details: { container },
  });
}

function unexpected(error: unknown, container: string): StrongroomError {
  return new StrongroomError('internal_error', 'A call to the archive failed in a way that Strongroom does not know.', {
    cause: error,
    details: { container },
  });
}

/** Requests that got no answer, answers that broke off, and tries that took too long. */
function isConnectionFailure(error: Error): boolean {
  if (error instanceof RestError || error.name === 'AbortError' || error.name === 'TimeoutError') return true;
  const code = 'code' in error ? error.code : undefined;
  // The SDK reports a download that ended too soon as a plain error with this text.
  return (typeof code === 'string' && code.startsWith('E')) || error.message.startsWith('Data corruption failure');
}

function serviceCode(error: RestError): string | undefined {
  const parsed = (error.details as { errorCode?: unknown } | undefined)?.errorCode;
  const code = typeof parsed === 'string' ? parsed : (error.response?.headers.get('x-ms-error-code') ?? error.code);
  return code !== undefined && /^[A-Za-z]{1,80}$/.test(code) ? code : undefined;
}
