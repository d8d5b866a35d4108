import { type HttpClient, isRestError, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import { type CallClass, type VaultLimiter } from './limiter';
import { retry } from './retry';
import { type Timing } from './timing';
import { errorOfAnswer, unreachable } from './vault-errors';

/** The parts that a {@link createPacedHttpClient | paced client} is made of. */
export interface PacedHttpClientParts {
  transport: HttpClient;
  /** The limiter of the vault with this host name. */
  limiterOf: (host: string) => VaultLimiter;
  timing: Timing;
  /** How long one try may take from its turn to the last byte of the answer, in milliseconds. */
  callTimeoutMs: number;
}

/**
 * Limits and repeats calls below the SDK, one HTTP request at a time. Above the SDK it could not be done well: a listing that
 * fails on a page cannot be resumed there, pages after the first take no abort signal, and calls that the SDK makes by itself
 * (challenge, the key behind a signature) would not be counted.
 *
 * Answers with what the vault said, or throws a retryable `StrongroomError` when all tries were used up. Every request is
 * sent more than once if need be, which the operations of this app bear.
 */
export function createPacedHttpClient({
  transport,
  limiterOf,
  timing,
  callTimeoutMs,
}: PacedHttpClientParts): HttpClient {
  return {
    sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
      // A compressed answer that is cut off would never end: the default client does not pass the cut on to its decompressor.
      request.headers.delete('Accept-Encoding');
      const { hostname, pathname } = new URL(request.url);
      const limiter = limiterOf(hostname);
      const callClass = callClassOf(request.method, pathname);
      const signal = request.abortSignal as AbortSignal | undefined;
      const attempt = (): Promise<PipelineResponse> =>
        limiter.run(callClass, () => sendOnce(transport, request, limiter, callTimeoutMs), signal);
      return retry(attempt, timing, signal);
    },
  };
}

/** What a request costs its vault, by method and path. */
export function callClassOf(method: string, path: string): CallClass {
  const [collection = '', , ...rest] = path.toLowerCase().split('/').filter(Boolean);
  const last = rest.at(-1) ?? '';
  if (method === 'PUT' && rest.length === 0 && /^(secrets|keys)$/.test(collection)) return 'creation';
  const reading = collection === 'keys' || collection === 'deletedkeys' ? 'key' : 'general';
  if (method !== 'POST') return reading;
  if (/^(create|import|rotate)$/.test(last)) return 'creation';
  return collection === 'keys' && /^(sign|verify|encrypt|decrypt|wrapkey|unwrapkey|release)$/.test(last)
    ? 'keyOperation'
    : reading;
}

async function sendOnce(
  transport: HttpClient,
  request: PipelineRequest,
  limiter: VaultLimiter,
  callTimeoutMs: number,
): Promise<PipelineResponse> {
  const response = await sendWithin(callTimeoutMs, transport, request);
  if (response.status === 429) limiter.throttled();
  else if (response.status < 500) limiter.succeeded();
  const body = parseJson(response.bodyAsText);
  if (response.status >= 200 && response.status < 300) {
    if (response.status !== 204 && body === undefined) throw unreachable('TORN_ANSWER');
    return response;
  }
  const retryAfter = response.headers.get('Retry-After');
  const error = errorOfAnswer(response.status, body, { retryAfter });
  if (error.retryable) throw error;
  // The SDK reads an error answer without looking first, and would stumble over one that is empty.
  return body !== undefined ? response : { ...response, bodyAsText: '{}' };
}

/** The SDK's own timeout ends with the headers, and pages after the first take no signal; this one covers the whole answer. */
async function sendWithin(
  milliseconds: number,
  transport: HttpClient,
  request: PipelineRequest,
): Promise<PipelineResponse> {
  const given = request.abortSignal;
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, milliseconds);
  given?.addEventListener('abort', abort);
  request.abortSignal = controller.signal;
  try {
    return await transport.sendRequest(request);
  } catch (error) {
    if (given?.aborted) throw error;
    if (controller.signal.aborted) throw unreachable('TIMEOUT');
    throw isRestError(error) ? unreachable(error.code ?? error.name) : error;
  } finally {
    clearTimeout(timer);
    given?.removeEventListener('abort', abort);
    if (given === undefined) delete request.abortSignal;
    else request.abortSignal = given;
  }
}

function parseJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
