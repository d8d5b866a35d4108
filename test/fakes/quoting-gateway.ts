import { createServer, request } from 'node:http';
import { type AddressInfo } from 'node:net';

/** An answer in the place of the vaults' own. */
export interface Quotation {
  /** What the request's method and path must contain, such as `POST /secrets/odd/backup`. */
  request: RegExp;
  status: number;
  /** What the error says; Azure's own errors quote names, this one quotes what it should not. */
  message: string;
}

/** Stands before the gateway of the vaults: notes what the app asks for, and answers with errors that quote. */
export class QuotingGateway {
  /** Method, host, path and query of every request. */
  readonly asked: string[] = [];
  quotations: Quotation[] = [];

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(vaultGateway: string): Promise<QuotingGateway> {
    const server = createServer((incoming, outgoing) => {
      const { method = '', url = '', headers } = incoming;
      gateway.asked.push(`${method} ${headers.host ?? ''}${url}`);
      const quotation = gateway.quotations.find((one) => one.request.test(`${method} ${headers.host ?? ''}${url}`));
      // Without a token the SDK only wants to be told where to get one.
      if (quotation !== undefined && headers.authorization !== undefined) {
        incoming.resume();
        const error = {
          code: `Quoted-${quotation.message}`,
          message: quotation.message,
          innererror: { code: quotation.message },
        };
        outgoing
          .writeHead(quotation.status, { 'content-type': 'application/json', 'x-ms-request-id': quotation.message })
          .end(JSON.stringify({ error }));
        return;
      }
      const passedOn = request(`${vaultGateway}${url}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passedOn.on('error', () => incoming.socket.destroy());
      incoming.pipe(passedOn);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gateway = new QuotingGateway(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      () =>
        new Promise((resolve) => {
          server.close(() => {
            resolve();
          });
          server.closeAllConnections();
        }),
    );
    return gateway;
  }
}
