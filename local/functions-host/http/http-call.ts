import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

/** The largest body of a request, in bytes; the limit of the real host. */
const BODY_LIMIT_BYTES = 104_857_600;

/** A request whose body has been read. */
export interface HttpCall {
  method: string;
  url: URL;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** An answer of the host itself; without `json` it has no body. */
export interface HttpAnswer {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
}

/** A request that cannot be read; `status` is the answer. */
export class UnreadableRequest extends Error {
  constructor(readonly status: 400 | 413) {
    super(`HTTP ${status}`);
  }
}

/** @throws {UnreadableRequest} 413 beyond the limit, 400 for a request target or Host header that makes no URL */
export async function readCall(request: IncomingMessage): Promise<HttpCall> {
  const url = requestUrl(request);
  const { method = 'GET', headers } = request;
  if (Number(headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw new UnreadableRequest(413);
  return { method, url, query: url.searchParams, headers, body: await readBody(request) };
}

/** Iterating over the request would close its socket at the limit, before the answer. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) reject(new UnreadableRequest(413));
      else chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.on('error', reject);
  });
}

/** Headers like `X-Forwarded-Host` do not count: there is no proxy before this host. */
function requestUrl(request: IncomingMessage): URL {
  const { url: target = '/', headers } = request;
  if (!target.startsWith('/')) throw new UnreadableRequest(400);
  try {
    return new URL(`http://${headers.host ?? '127.0.0.1'}${target}`);
  } catch {
    throw new UnreadableRequest(400);
  }
}

/**
 * The decoded segments of a path.
 * @throws {UnreadableRequest} 400 if one is not well encoded
 */
export function pathSegments(path: string): string[] {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    throw new UnreadableRequest(400);
  }
}

export function sendAnswer(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(answer.json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
  });
  response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json));
}
