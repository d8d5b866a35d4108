import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface PlainAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** By Node's own limit on all headers of a request together. */
const MOST_HEADER_BYTES = 16 * 1024;
/**
 * What a host answers to headers that are too long. It closes the connection without reading the body, so a client that is still sending may see the reset
 * and not the answer (RFC 9112, section 9.6). Whether the host is still the same process is asked at the end.
 */
const HEADERS_TOO_LONG: PlainAnswer = { status: 431, headers: {}, body: '' };

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** Sends a request as it is: `fetch` would tidy up paths, and refuse some methods. */
export function callPlainly(
  base: string,
  {
    method,
    target,
    headers,
    body,
  }: { method: string; target: string; headers: Record<string, string>; body?: string | Buffer | undefined },
): Promise<PlainAnswer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const call = request(
      { agent, hostname, port, method, path: target, headers: { ...headers, ...length } },
      (response) => {
        const seen = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        text(response).then((body) => {
          resolve({ status: response.statusCode ?? 0, headers: seen, body });
        }, reject);
      },
    );
    call
      .on('error', (error: NodeJS.ErrnoException) => {
        const isCutOff = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        if (isCutOff && bytesOf(headers) > MOST_HEADER_BYTES) resolve(HEADERS_TOO_LONG);
        else reject(error);
      })
      .end(body);
  });
}

function bytesOf(headers: Record<string, string>): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
}
