import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { StackStartError } from '../process/stack-process';

/** A server that listens. `close` also ends the connections that are still open, whatever they wait for. */
export interface Listener {
  /** Base address, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/**
 * Listens on a port, loopback only. Port 0 takes a free one.
 * @throws {StackStartError} `port_in_use`, naming the port and what it is for
 */
export async function listenOnLoopback(server: Server, port: number, purpose: string): Promise<Listener> {
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portInUse(port, purpose, error) : error;
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** The one text for a port that somebody else holds. */
export function portInUse(port: number, purpose: string, cause: unknown): StackStartError {
  return new StackStartError(
    'port_in_use',
    `Port ${port} (${purpose}) is already in use. Stop what listens there, or choose another port.`,
    { cause },
  );
}
