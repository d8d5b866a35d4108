import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** How a proxy treats one request instead of passing it on. */
export type Treatment =
  | { answer: number; code?: string; body?: string }
  /** Passes the request on, and drops the connection instead of the answer. */
  | 'lose-answer'
  /** Passes the request on, and breaks off in the middle of the answer's body. */
  | 'tear-answer'
  /** Passes the request on, and changes one bit of the answer's body. */
  | 'alter-answer'
  /** Passes the request on, and goes silent in the middle of the answer's body. */
  | 'stall-answer'
  | 'never-answer';

/** A proxy before a blob service, for the faults that the service itself never has. */
export interface BlobProxy {
  url: string;
  /** Requests that wait for a treatment: the first that fits takes it away. */
  expect(method: string, treatment: Treatment, times?: number): void;
  /** Method and status, or treatment, of every request so far. */
  seen: string[];
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback interface. `target` is the service's URL with the account. */
export async function startBlobProxy(target: string): Promise<BlobProxy> {
  const { host, pathname } = new URL(target);
  const planned: { method: string; treatment: Treatment }[] = [];
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const index = planned.findIndex(({ method }) => method === incoming.method);
    const treatment = index < 0 ? undefined : planned.splice(index, 1)[0]?.treatment;
    void treat(host, incoming, outgoing, treatment).then((outcome) => seen.push(`${incoming.method ?? ''} ${outcome}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    expect: (method, treatment, times = 1) => {
      for (let time = 0; time < times; time += 1) planned.push({ method, treatment });
    },
    seen,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function treat(
  host: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  treatment: Treatment | undefined,
): Promise<string> {
  const body = await buffer(incoming);
  if (treatment === 'never-answer') return treatment;
  if (typeof treatment === 'object') {
    const { answer, code, body: text = `<?xml version="1.0"?><Error><Code>${code ?? ''}</Code></Error>` } = treatment;
    const headers = code === undefined ? {} : { 'x-ms-error-code': code, 'content-type': 'application/xml' };
    outgoing.writeHead(answer, headers).end(incoming.method === 'HEAD' ? undefined : text);
    return String(answer);
  }
  const { status, headers, content } = await forward(host, incoming, body);
  if (treatment === 'alter-answer') content.writeUInt8(content.readUInt8(0) ^ 1, 0);
  if (treatment === 'lose-answer') {
    outgoing.destroy();
  } else if (treatment === 'tear-answer' || treatment === 'stall-answer') {
    outgoing.writeHead(status, headers);
    outgoing.write(content.subarray(0, content.byteLength / 2), () => {
      if (treatment === 'tear-answer') outgoing.destroy();
    });
  } else {
    outgoing.writeHead(status, headers).end(content);
  }
  return treatment ?? String(status);
}

async function forward(
  host: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: string[]; content: Buffer }> {
  const [hostname, port] = host.split(':');
  const outgoing = request({
    hostname,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: incoming.headers,
    agent: false,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.rawHeaders, content: await buffer(answer) };
}
