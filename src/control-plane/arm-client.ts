import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  proxyPolicy,
} from '@azure/core-rest-pipeline';
import { type TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { type ArmDocument } from '../contracts/configuration';
import { StrongroomError } from '../errors';
import { createGatewayHttpClient } from '../vault/gateway-http-client';
import { type Timing } from '../vault/timing';
import { controlPlaneError, errorOfAnswer, translateControlPlaneError } from './arm-errors';

/** So many times a call is made, with pauses of full jitter in between that double from half a second. */
const TRIES = 4;
const FIRST_DELAY_MS = 500;
/** A longer `Retry-After` is not worth a place in a run. */
const LONGEST_DELAY_MS = 15_000;
/** A listing about one vault that goes on for longer is none. */
const MOST_PAGES = 100;

const documentSchema = z.record(z.string(), z.unknown());
const pageSchema = z.object({ value: z.array(documentSchema), nextLink: z.string().nullish() });

/** What the client is made of. */
export interface ArmClientOptions {
  credential: TokenCredential;
  /** Development only: where Azure Resource Manager is served, such as `http://127.0.0.1:8300`. */
  gateway?: string | undefined;
  timing: Timing;
  /** How long one try may take, to the last byte, in milliseconds; 20 s when absent. */
  callTimeoutMs?: number;
}

/**
 * Reads from Azure Resource Manager: with the app's identity, repeated while a retry may cure, `Retry-After` heeded. Redirects are not followed,
 * and a `nextLink` only on the host that was asked, since both would carry the token elsewhere.
 */
export class ArmClient {
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #transport: HttpClient;

  constructor(private readonly options: ArmClientOptions) {
    const direct = createDefaultHttpClient();
    this.#transport = options.gateway === undefined ? direct : createGatewayHttpClient(options.gateway, direct);
  }

  /** One document. Throws `control_plane_*`. */
  async get(address: string, signal: AbortSignal): Promise<ArmDocument> {
    return parsed(documentSchema, await this.#call(new URL(address), signal));
  }

  /** All entries of a listing, to its last page. Throws `control_plane_*`. */
  async list(address: string, signal: AbortSignal): Promise<ArmDocument[]> {
    const first = new URL(address);
    const documents: ArmDocument[] = [];
    let next: URL | undefined = first;
    for (let pages = 0; next !== undefined; pages++) {
      if (pages === MOST_PAGES) throw controlPlaneError('control_plane_refused', { reason: 'ENDLESS_LISTING' });
      const page: z.infer<typeof pageSchema> = parsed(pageSchema, await this.#call(next, signal));
      documents.push(...page.value);
      next = page.nextLink == null || page.nextLink === '' ? undefined : onSameHost(page.nextLink, first);
    }
    return documents;
  }

  async #call(address: URL, signal: AbortSignal): Promise<unknown> {
    const { timing } = this.options;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#try(address, signal);
      } catch (error) {
        const failure = translateControlPlaneError(error);
        if (!failure.retryable || tries === TRIES || signal.aborted) throw withTries(failure, tries);
        const backoff = timing.random() * FIRST_DELAY_MS * 2 ** (tries - 1);
        await timing.sleep(Math.max(backoff, askedDelay(failure)), signal).catch(() => {
          throw withTries(failure, tries);
        });
      }
    }
  }

  async #try(address: URL, signal: AbortSignal): Promise<unknown> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.options.callTimeoutMs ?? 20_000)]);
    const request = createPipelineRequest({
      url: address.href,
      headers: createHttpHeaders({ Accept: 'application/json' }),
      abortSignal: within,
    });
    const response = await this.#pipeline(address.origin).sendRequest(this.#transport, request);
    const body = json(response.bodyAsText);
    if (response.status !== 200) throw errorOfAnswer(response.status, body, response.headers.get('Retry-After'));
    if (body === undefined) throw controlPlaneError('control_plane_unreachable', { reason: 'TORN_ANSWER' });
    return body;
  }

  /** One per cloud, since it holds the token. Without the SDK's own retries and redirects. */
  #pipeline(origin: string): Pipeline {
    const known = this.#pipelines.get(origin);
    if (known !== undefined) return known;
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy(proxyPolicy());
    const { credential } = this.options;
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: [`${origin}/.default`] }));
    this.#pipelines.set(origin, pipeline);
    return pipeline;
  }
}

function onSameHost(link: string, first: URL): URL {
  const next = URL.canParse(link) ? new URL(link) : undefined;
  if (next?.origin === first.origin) return next;
  throw controlPlaneError('control_plane_refused', { reason: 'FOREIGN_NEXT_LINK' });
}

function askedDelay({ details }: StrongroomError): number {
  const seconds = details['retryAfterSeconds'];
  return typeof seconds === 'number' ? Math.min(seconds * 1000, LONGEST_DELAY_MS) : 0;
}

function withTries(error: StrongroomError, tries: number): StrongroomError {
  return new StrongroomError(error.code, error.message, { ...error.options, details: { ...error.details, tries } });
}

function parsed<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw controlPlaneError('control_plane_refused', { reason: 'UNEXPECTED_ANSWER' });
}

function json(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
