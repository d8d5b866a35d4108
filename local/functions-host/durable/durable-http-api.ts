import { type HttpAnswer, type HttpCall } from '../http/http-call';
import { type DurableEndpoints, managementLinks } from './client-binding';
import { type InstanceFilter } from './hub-store';
import { hasEnded, type InstanceRecord, TaskHubError } from './instance';
import { instanceStatus, type StatusOptions } from './instance-status';
import { type ControlRequest, type RequestOutcome, type TaskHub } from './task-hub';

const PAGE_SIZE = 100;
const CONTINUATION_HEADER = 'x-ms-continuation-token';
const OUTCOME_STATUS: Readonly<Record<RequestOutcome, number>> = { accepted: 202, unknown: 404, ended: 410 };

/** Serves the durable extension's HTTP API, both for the app's own client and for webhooks; the caller has checked the key. */
export class DurableHttpApi {
  constructor(
    private readonly hub: TaskHub,
    private readonly endpoints: DurableEndpoints,
  ) {}

  /** Answers a call to `path`, the decoded segments behind the API's own path. */
  answer(call: HttpCall, path: readonly string[]): HttpAnswer {
    const [collection = '', ...rest] = path;
    try {
      switch (collection.toLowerCase()) {
        case 'orchestrators':
          return this.#orchestrators(call, rest);
        case 'instances':
          return this.#instances(call, rest);
        case 'entities':
          return notSupported('Durable entities are');
        default:
          return { status: 404 };
      }
    } catch (error) {
      return refusal(error);
    }
  }

  #orchestrators(call: HttpCall, [name, instanceId, ...more]: string[]): HttpAnswer {
    if (name === undefined || more.length > 0) return { status: 404 };
    if (call.method !== 'POST') return { status: 404 };
    if (call.query.has('timeout')) return notSupported('Starting and waiting in one call is');
    const { instanceId: id } = this.hub.start(name, jsonBody(call), instanceId);
    const links = managementLinks(this.endpoints, encodeURIComponent(id));
    const location = links['statusQueryGetUri'] ?? '';
    return { status: 202, headers: { location, 'retry-after': '10' }, json: { id, ...links } };
  }

  #instances(call: HttpCall, [instanceId, operation, argument]: string[]): HttpAnswer {
    if (instanceId === undefined) return this.#collection(call);
    if (operation !== undefined) return this.#operation(call, instanceId, operation.toLowerCase(), argument);
    const record = this.hub.instance(instanceId);
    if (!record) return { status: 404 };
    if (call.method === 'GET') return this.#status(call, record);
    if (call.method !== 'DELETE') return { status: 404 };
    return { status: 200, json: { instancesDeleted: this.hub.purge(instanceId) ? 1 : 0 } };
  }

  #collection(call: HttpCall): HttpAnswer {
    const filter = instanceFilter(call.query);
    if (call.method === 'DELETE') {
      if (filter.createdFrom === undefined)
        return { status: 400, json: "Please provide value for 'createdTimeFrom' parameter." };
      const instancesDeleted = this.hub.purgeAll(filter);
      return instancesDeleted > 0 ? { status: 200, json: { instancesDeleted } } : { status: 404 };
    }
    if (call.method !== 'GET') return { status: 404 };
    const top = Number(call.query.get('top') ?? PAGE_SIZE);
    const size = Number.isInteger(top) && top > 0 ? top : PAGE_SIZE;
    const token = call.headers[CONTINUATION_HEADER];
    const after = typeof token === 'string' ? Buffer.from(token, 'base64url').toString() : undefined;
    const found = this.hub.instances(filter, size + 1, after);
    const page = found.slice(0, size);
    const last = found.length > size ? page.at(-1) : undefined;
    const options = statusOptions(call.query);
    return {
      status: 200,
      headers: last ? { [CONTINUATION_HEADER]: Buffer.from(last.instanceId).toString('base64url') } : {},
      json: page.map((record) => instanceStatus(record, () => this.hub.history(record.instanceId), options)),
    };
  }

  #status(call: HttpCall, record: InstanceRecord): HttpAnswer {
    const json = instanceStatus(record, () => this.hub.history(record.instanceId), statusOptions(call.query));
    if (!hasEnded(record.status)) {
      const location =
        managementLinks(this.endpoints, encodeURIComponent(record.instanceId))['statusQueryGetUri'] ?? '';
      return { status: 202, headers: { location, 'retry-after': '5' }, json };
    }
    const asError = record.status === 'Failed' && flag(call.query, 'returnInternalServerErrorOnFailure', false);
    return { status: asError ? 500 : 200, json };
  }

  #operation(call: HttpCall, instanceId: string, operation: string, argument: string | undefined): HttpAnswer {
    if (call.method !== 'POST') return { status: 404 };
    switch (operation) {
      case 'raiseevent':
        return this.#raise(call, instanceId, argument);
      case 'terminate':
      case 'suspend':
      case 'resume':
        return this.#control(instanceId, operation, call.query.get('reason') ?? '');
      case 'rewind':
      case 'restart':
        return notSupported(`The operation '${operation}' is`);
      default:
        return { status: 404 };
    }
  }

  #control(instanceId: string, request: ControlRequest, reason: string): HttpAnswer {
    return { status: OUTCOME_STATUS[this.hub.control(instanceId, request, reason)] };
  }

  #raise(call: HttpCall, instanceId: string, name: string | undefined): HttpAnswer {
    if (name === undefined) return { status: 404 };
    const record = this.hub.instance(instanceId);
    if (record && !hasEnded(record.status) && !/^application\/json\b/i.test(call.headers['content-type'] ?? ''))
      return { status: 400, json: 'Only application/json request content is supported' };
    return { status: OUTCOME_STATUS[this.hub.raise(instanceId, name, jsonBody(call))] };
  }
}

/** The body as compact JSON text, `null` if there is none. */
function jsonBody(call: HttpCall): string | null {
  const text = call.body.toString('utf8');
  return text === '' ? null : JSON.stringify(JSON.parse(text));
}

function flag(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  return query.get(name)?.toLowerCase() === 'true' || (!query.has(name) && otherwise);
}

function statusOptions(query: URLSearchParams): StatusOptions {
  return {
    showInput: flag(query, 'showInput', true),
    showHistory: flag(query, 'showHistory', false),
    showHistoryOutput: flag(query, 'showHistoryOutput', false),
  };
}

function instanceFilter(query: URLSearchParams): InstanceFilter {
  return {
    createdFrom: time(query, 'createdTimeFrom'),
    createdTo: time(query, 'createdTimeTo'),
    statuses: query.get('runtimeStatus')?.split(',').map(canonicalStatus),
    idPrefix: query.get('instanceIdPrefix') ?? undefined,
  };
}

function canonicalStatus(status: string): string {
  const word = status.trim().toLowerCase();
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new TaskHubError('invalid', `'${name}' is not a time.`);
  return ms;
}

function notSupported(what: string): HttpAnswer {
  return { status: 501, json: `${what} not supported by the local Functions host.` };
}

function refusal(error: unknown): HttpAnswer {
  if (error instanceof SyntaxError) return { status: 400, json: { Message: 'Invalid JSON content' } };
  if (!(error instanceof TaskHubError)) throw error;
  if (error.reason === 'conflict') return { status: 409, json: { Message: error.message } };
  const Message = 'One or more of the arguments submitted is incorrect';
  return { status: 400, json: { Message, ExceptionMessage: error.message, ExceptionType: 'System.ArgumentException' } };
}
