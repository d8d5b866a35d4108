import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type StorageService } from './azurite-servers';
import { type Fault } from './faults';

interface StorageFailure {
  status: number;
  code: string;
  message: string;
}

const FAILURES: Record<'500' | '503' | 'throttle', StorageFailure> = {
  '500': {
    status: 500,
    code: 'InternalError',
    message: 'Server encountered an internal error. Please try again after some time.',
  },
  '503': {
    status: 503,
    code: 'ServerBusy',
    message: 'The server is currently unable to receive requests. Please retry your request.',
  },
  throttle: { status: 503, code: 'ServerBusy', message: 'Operations per second is over the account limit.' },
};

/** Answers with an error in the service's own form, without the work being done. */
export function answerWithFailure(
  service: StorageService,
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { status, code, message } = failureOf(fault);
  const text = `${message}\nRequestId:${randomUUID()}\nTime:${new Date().toISOString()}`;
  const isTable = service === 'table';
  const body = isTable
    ? JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: text } } })
    : `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  request.resume();
  response.writeHead(status, {
    'content-type': isTable ? 'application/json;odata=minimalmetadata' : 'application/xml',
    'content-length': Buffer.byteLength(body),
    'x-ms-error-code': code,
    'x-ms-request-id': randomUUID(),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function failureOf(fault: Fault): StorageFailure {
  if (fault.kind === '500' || fault.kind === '503' || fault.kind === 'throttle') return FAILURES[fault.kind];
  return { status: fault.status ?? 500, code: fault.code ?? 'InternalError', message: 'The request failed.' };
}

/** Takes the request and never answers; the connection stays until the client gives up. */
export function neverAnswer(request: IncomingMessage): void {
  request.resume();
}

/**
 * Lets the work be done but tears the connection in the middle of the answer: half of the first piece of its body is sent,
 * or nothing where there is no body. The client cannot know whether it was done.
 */
export function tearAnswer(response: ServerResponse): void {
  const write = response.write.bind(response) as (chunk: Buffer, done: () => void) => boolean;
  let isTorn = false;
  const tear = (chunk: unknown): void => {
    if (isTorn) return;
    isTorn = true;
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0);
    const destroy = (): void => {
      response.socket?.destroy();
    };
    if (bytes.length < 2) destroy();
    else write(bytes.subarray(0, Math.floor(bytes.length / 2)), destroy);
  };
  replaceOutput(response, tear, tear);
}

/** Lets the work be done, calls `done` when the whole answer would have been sent, and sends nothing. */
export function swallowAnswer(response: ServerResponse, done: () => void): void {
  replaceOutput(response, () => undefined, done);
}

/** Replaces where the answer goes, keeping the promises of a stream to whoever writes it. */
function replaceOutput(
  response: ServerResponse,
  onWrite: (chunk: unknown) => void,
  onEnd: (chunk: unknown) => void,
): void {
  const callBack = (parameters: unknown[]): void => {
    const callback = parameters.find((parameter) => typeof parameter === 'function') as (() => void) | undefined;
    if (callback) setImmediate(callback);
  };
  Object.assign(response, {
    write: (...parameters: unknown[]) => {
      onWrite(parameters[0]);
      callBack(parameters);
      return true;
    },
    end: (...parameters: unknown[]) => {
      onEnd(parameters[0]);
      callBack(parameters);
      return response;
    },
  });
}
