import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { UnmetExpectation } from './expectation';

const PATIENCE_MS = 60_000;

const alertSchema = z.object({
  type: z.enum(['alert.raised', 'alert.resolved']),
  data: z.object({ kind: z.string(), severity: z.string(), text: z.string() }),
});
type Alert = z.output<typeof alertSchema>;

/** A message as it came, not yet believed. */
export interface Message {
  readonly alert: Alert;
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** Where the messages of the app arrive: a web server of somebody else, who shares nothing with the app but a secret. */
export class WebhookDesk {
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly #messages: Message[] = [];
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      const alert = alertSchema.parse(JSON.parse(body));
      this.#messages.push({ alert, body, headers: request.headers as Record<string, string> });
      this.#announce();
      response.writeHead(204).end();
    });
  });
  #announce = (): void => undefined;

  /** Begins to listen, on a free port of this machine. */
  static async open(): Promise<WebhookDesk> {
    const desk = new WebhookDesk();
    await new Promise<void>((resolve) => desk.#server.listen(0, '127.0.0.1', resolve));
    return desk;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`;
  }

  /** The message about alerts of a kind, once it is there. A minute of silence ends the demo. */
  async next(type: Alert['type'], kind: string): Promise<Message> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#messages.find(({ alert }) => alert.type === type && alert.data.kind === kind);
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new UnmetExpectation(`Expected a message ${type} of ${kind}, but none came within a minute.`));
        }, deadline - Date.now());
        this.#announce = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Whether body and headers are genuine, by the shared secret. */
  isGenuine(body: string, headers: Record<string, string>): boolean {
    try {
      new Webhook(this.secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  }

  /** Stops listening. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
