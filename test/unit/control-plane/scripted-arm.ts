import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { ArmClient, type ArmClientOptions } from '../../../src/control-plane/arm-client';
import { hurriedTiming } from '../vault/manual-timing';

type Script = (request: { host: string; url: URL; authorization: string }, response: ServerResponse) => void;

/** A server that is asked in place of Azure Resource Manager, and answers as its script says. */
export class ScriptedArm {
  readonly asked: { host: string; url: URL; authorization: string }[] = [];
  /** Scopes of the tokens that were asked for. */
  readonly scopes: string[] = [];
  script: Script = (_request, response) => {
    answer(response, 200, { value: [] });
  };
  readonly #server = createServer((request, response) => {
    const asked = readAsked(request);
    this.asked.push(asked);
    this.script(asked, response);
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  client(options: Partial<ArmClientOptions> = {}): ArmClient {
    const credential = {
      getToken: (scopes: string | string[]) => {
        this.scopes.push(...[scopes].flat());
        return Promise.resolve({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 });
      },
    };
    const gateway = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return new ArmClient({ credential, gateway, timing: hurriedTiming, ...options });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function readAsked(request: IncomingMessage): { host: string; url: URL; authorization: string } {
  const host = request.headers.host ?? '';
  return { host, url: new URL(`https://${host}${request.url!}`), authorization: request.headers.authorization ?? '' };
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
