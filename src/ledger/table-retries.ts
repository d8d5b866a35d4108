import { type PipelinePolicy, type PipelineResponse, RestError, retryPolicy } from '@azure/core-rest-pipeline';
import { isTransient, isTransientStatus } from './ledger-errors';

const RETRIES = 5;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;
const TRY_TIMEOUT_MS = 30_000;

/**
 * Up to five further tries of what may be cured by one, with full jitter, and 30 s for each try. They take the place of the SDK's own retries,
 * which know neither a transaction that answers 202 with a 503 inside, nor an answer cut off midway, nor a connection that hangs.
 * A request whose answer was lost is sent again, so every write must tell its own first try from somebody else's.
 */
export function ledgerRetries(): PipelinePolicy[] {
  const strategy = {
    name: 'ledgerRetry',
    retry: ({
      retryCount,
      response,
      responseError,
    }: {
      retryCount: number;
      response?: PipelineResponse;
      responseError?: RestError;
    }) => {
      const isCurable =
        isTransient(responseError) || (response !== undefined && isTransientStatus(statusWithin(response)));
      return isCurable
        ? { retryAfterInMs: retryAfter(response) ?? Math.random() * FIRST_DELAY_MS * 2 ** retryCount }
        : { skipStrategy: true };
    },
  };
  return [retryPolicy([strategy], { maxRetries: RETRIES }), tryTimeout];
}

const tryTimeout: PipelinePolicy = {
  name: 'ledgerTryTimeout',
  async sendRequest(request, next) {
    const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
    request.abortSignal = signal;
    try {
      return await next(request);
    } catch (error) {
      if (signal.aborted) throw new RestError('The ledger did not answer in time.', { code: 'ETIMEDOUT', request });
      throw error;
    } finally {
      delete request.abortSignal;
    }
  },
};

/** The status of an answer; of a transaction that was accepted and then failed, the status of its failed part. */
function statusWithin({ status, bodyAsText }: PipelineResponse): number {
  if (status !== 202) return status;
  const inner = /^HTTP\/1\.1 ([4-5]\d\d)/m.exec(bodyAsText ?? '')?.[1];
  return inner === undefined ? status : Number(inner);
}

function retryAfter(response: PipelineResponse | undefined): number | undefined {
  const seconds = Number(response?.headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? Math.min(seconds * 1_000, LONGEST_DELAY_MS) : undefined;
}
