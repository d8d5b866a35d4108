import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type AlertMessage } from '../../src/contracts/alerts';

/** A request as it came. */
export interface Received {
  headers: Record<string, string>;
  body: string;
  message: AlertMessage;
}

/** What a receiver does: answers, never answers, or tears the connection. */
export type Behaviour = { status: number; headers?: Record<string, string> } | 'silent' | 'torn';

/** A receiver of webhooks on loopback that does as it is told. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  behaviour: (request: Received) => Behaviour = () => ({ status: 204 });

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const received = {
          headers: request.headers as Record<string, string>,
          body,
          message: JSON.parse(body) as AlertMessage,
        };
        receiver.received.push(received);
        const behaviour = receiver.behaviour(received);
        if (behaviour === 'torn') request.socket.destroy();
        else if (behaviour !== 'silent') response.writeHead(behaviour.status, behaviour.headers).end('thanks');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const receiver = new WebhookReceiver(`http://127.0.0.1:${port}/hook?key=canary-in-the-url`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }
}
