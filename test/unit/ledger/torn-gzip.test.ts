import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createLedger } from '../../../src/ledger/table-ledger';
import { createTables } from '../../../src/ledger/tables';

// Azure compresses answers to whom asks for it. The SDK's HTTP client waits for ever for the rest of a compressed answer that was cut off, and no
// abort ends that; so the ledger must not ask, or must survive it.

const EMPTY_PAGE = JSON.stringify({ value: [] });

let server: Server;
let asked: IncomingMessage[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    const compress = asked.length === 1 && /gzip/.test(request.headers['accept-encoding'] ?? '');
    const body = compress ? gzipSync(EMPTY_PAGE) : Buffer.from(EMPTY_PAGE);
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(compress ? { 'content-encoding': 'gzip' } : {}),
      'content-length': body.length,
    });
    if (asked.length > 1) {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, body.length - 4), () => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('an answer that was cut off is asked for again', async () => {
  const { port } = server.address() as AddressInfo;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/a;`;
  const ledger = createLedger(createTables({ connectionString }));
  expect(await ledger.runs.list({}, 10)).toEqual({ items: [], continuation: null });
  expect(asked).toHaveLength(2);
});
