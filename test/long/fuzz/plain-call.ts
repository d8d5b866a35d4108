import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface PlainAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

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
    call.on('error', reject).end(body);
  });
}
