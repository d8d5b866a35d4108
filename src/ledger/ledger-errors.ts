import { type SafeDetails, StrongroomError } from '../errors';

const ROLE = 'Storage Table Data Contributor';
const CREDENTIAL_ERRORS = new Set([
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
]);

const MISSING_ENTITY_CODES = new Set(['ResourceNotFound', 'EntityNotFound']);

/** What the Tables SDK throws, as far as it is looked at: a `RestError`, or an error of the credential. */
interface SdkError {
  name?: unknown;
  statusCode?: unknown;
  code?: unknown;
  details?: { errorCode?: unknown; odataError?: { code?: unknown } };
  response?: { headers?: { get(name: string): string | undefined } };
}

/** The entity or its state stands in the way: it is there already, was changed meanwhile, or (within a transaction) is gone. */
export function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 409) return (serviceCodeOf(error) ?? 'EntityAlreadyExists') === 'EntityAlreadyExists';
  return status === 412 || isMissingEntity(error);
}

/** The table is there and the entity is not. */
export function isMissingEntity(error: unknown): boolean {
  return statusOf(error) === 404 && MISSING_ENTITY_CODES.has(serviceCodeOf(error) ?? '');
}

/** Whether a status of the Tables service may be gone on the next try. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Whether the same request may succeed later: throttled, unavailable, unreachable, or an answer that was torn. */
export function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  return isTransport(error) || (status !== undefined && isTransientStatus(status)) || isTableBeingDeleted(error);
}

/**
 * Translates what the SDK threw. Messages are ours; of the service's answer only its status and its code (an identifier) go into the details.
 * A `StrongroomError` passes as it is.
 */
export function toLedgerError(error: unknown, table: string): StrongroomError {
  if (error instanceof StrongroomError) return error;
  const options = { cause: error, details: detailsOf(error, table) };
  const status = statusOf(error);
  if (isTransient(error)) {
    return isTransport(error)
      ? new StrongroomError(
          'ledger_unreachable',
          'The ledger could not be reached. Check LEDGER_URL, the network and the firewall of its storage account.',
          {
            ...options,
            retryable: true,
          },
        )
      : new StrongroomError('ledger_unavailable', 'The ledger is busy or unavailable at the moment.', {
          ...options,
          retryable: true,
        });
  }
  if (isCredentialError(error)) {
    return new StrongroomError(
      'ledger_forbidden',
      "The app's identity got no token for the ledger. Check the identity that it runs as.",
      options,
    );
  }
  if (status === 401 || status === 403) {
    return new StrongroomError(
      'ledger_forbidden',
      `The ledger refused the app. Its identity needs the role ${ROLE} on the ledger's storage account, and the account's firewall must let it in.`,
      options,
    );
  }
  if (status === 404 && serviceCodeOf(error) === 'TableNotFound') {
    return new StrongroomError(
      'ledger_table_missing',
      'A table of the ledger is missing. Tables are made by the deployment: run it.',
      options,
    );
  }
  return new StrongroomError(
    'ledger_refused',
    'The ledger refused a request. The details tell its status and code.',
    options,
  );
}

function detailsOf(error: unknown, table: string): SafeDetails {
  const status = statusOf(error);
  const serviceCode = serviceCodeOf(error);
  return { table, ...(status === undefined ? {} : { status }), ...(serviceCode === undefined ? {} : { serviceCode }) };
}

function isCredentialError(error: unknown): boolean {
  const { name } = sdkError(error);
  return typeof name === 'string' && CREDENTIAL_ERRORS.has(name);
}

// No status at all: nothing was answered. A good status with an error: the answer was cut off or is no answer of a Tables service.
function isTransport(error: unknown): boolean {
  const status = statusOf(error);
  return sdkError(error).name === 'RestError' && (status === undefined || status < 300);
}

function isTableBeingDeleted(error: unknown): boolean {
  return statusOf(error) === 409 && serviceCodeOf(error) === 'TableBeingDeleted';
}

function statusOf(error: unknown): number | undefined {
  const { statusCode } = sdkError(error);
  return typeof statusCode === 'number' ? statusCode : undefined;
}

// A single request has the service's code in its details, a transaction's part in `code` (where transport errors have theirs too), and a transaction
// that was refused as a whole at most in a header.
function serviceCodeOf(error: unknown): string | undefined {
  const { code, details, response } = sdkError(error);
  const candidates = [details?.errorCode, details?.odataError?.code, code, response?.headers?.get('x-ms-error-code')];
  return candidates.find((found) => typeof found === 'string' && /^\w{1,60}$/.test(found)) as string | undefined;
}

function sdkError(error: unknown): SdkError {
  return typeof error === 'object' && error !== null ? error : {};
}
