import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { StackStartError } from '../../process/stack-process';
import { type HostLog } from '../host-log';
import { type HttpCall, readCall, sendAnswer, UnreadableRequest } from './http-call';

/** That of the real host. With Node's five seconds, clients that poll now and then meet closing connections. */
const KEEP_ALIVE_MS = 130_000;

/** Answers a call whose body has been read. */
export type CallHandler = (call: HttpCall, response: ServerResponse) => Promise<void>;

/** The host's HTTP server, on the loopback only. */
export class HostServer {
  readonly #server: Server;
  #handler: CallHandler | undefined;

  constructor(private readonly log: HostLog) {
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => void this.#serve(request, response),
    );
  }

  /**
   * Takes the port; calls are answered 503 until {@link open}.
   * @throws {StackStartError} `port_in_use`, `port_unusable`
   */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const inUse = cause.code === 'EADDRINUSE';
        const text = inUse
          ? `Port ${port} is in use; choose another one or stop what uses it.`
          : `Port ${port} cannot be used: ${cause.message}`;
        reject(new StackStartError(inUse ? 'port_in_use' : 'port_unusable', text, { cause }));
      });
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Begins to answer calls. */
  open(handler: CallHandler): void {
    this.#handler = handler;
  }

  /** Takes no new connections, and lets open requests finish until `deadline` resolves. */
  async close(deadline: Promise<void>): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeIdleConnections();
    await Promise.race([closed, deadline]);
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!this.#handler) {
        sendAnswer(response, { status: 503 });
        return;
      }
      await this.#handler(await readCall(request), response);
    } catch (error) {
      this.#fail(error, response);
    }
  }

  #fail(error: unknown, response: ServerResponse): void {
    if (error instanceof UnreadableRequest) {
      // What is left of the request is not read.
      sendAnswer(response, { status: error.status, headers: { connection: 'close' } });
      return;
    }
    if (response.destroyed) return;
    this.log.write('error', 'Host', error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (response.headersSent) response.destroy();
    else sendAnswer(response, { status: 500 });
  }
}
