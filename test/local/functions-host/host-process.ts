import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { ProcessMessage } from '../../../local/process/stack-process';
import { PROJECT_ROOT } from '../../../local/project-root';

export const KEY = 'the-key-of-these-tests';

/** The status of an instance as the durable endpoints give it. */
export interface Status {
  name: string;
  instanceId: string;
  runtimeStatus: string;
  input: unknown;
  output: unknown;
  customStatus: unknown;
  createdTime: string;
  historyEvents?: Record<string, unknown>[];
}

export interface HostOptions {
  /** A folder under `test/apps`, or a file of it. */
  app?: string;
  dataDir?: string;
  modes?: Record<string, unknown>;
  settings?: Record<string, string>;
  clockOffsetMs?: number;
  hostJson?: string;
  port?: number;
}

const running = new Set<HostProcess>();

/** Ends every host that a test has left running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((host) => host.kill()));
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'functions-host-'));
}

/** The compiled host in a process of its own, started as the supervisor starts it. */
export class HostProcess {
  api = '';

  private constructor(
    readonly dataDir: string,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves once the host is ready; rejects with `code: message` if it refuses to start. */
  static async start(options: HostOptions = {}): Promise<HostProcess> {
    const { app = 'traps', dataDir = temporaryFolder(), modes, settings = {}, clockOffsetMs = 0 } = options;
    const child = fork(join(PROJECT_ROOT, '.build/local/functions-host/main.js'), {
      env: { PATH: process.env['PATH'], RUN_LOG: join(dataDir, 'runs.log'), ...settings },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.resume();
    const host = new HostProcess(dataDir, child);
    running.add(host);
    const config = {
      entry: join(PROJECT_ROOT, '.build/test/apps', app.endsWith('.js') ? app : `${app}/main.js`),
      hostJson: options.hostJson ?? join(PROJECT_ROOT, 'host.json'),
      port: options.port ?? 0,
      dataDir,
      functionKey: KEY,
      ...(modes ? { modes } : {}),
    };
    const answered = host.#message();
    child.send({ type: 'start', config, clockOffsetMs });
    const message = await answered;
    if (message.type === 'failed') throw new Error(`${message.code}: ${message.message}`);
    if (message.type === 'ready') host.api = message.endpoints['api'] ?? '';
    return host;
  }

  /** Moves the stack's clock in the host. */
  async moveClock(offsetMs: number): Promise<void> {
    const answered = this.#message();
    this.child.send({ type: 'clock', offsetMs });
    await answered;
  }

  /** kill -9; resolves once the process is gone. */
  async kill(): Promise<void> {
    running.delete(this);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** Stops the host as the supervisor does; gives its exit code. */
  async stop(): Promise<number | null> {
    running.delete(this);
    const gone = once(this.child, 'exit');
    this.child.send({ type: 'stop' });
    const [code] = (await gone) as [number | null];
    return code;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.api}${path}`, init);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.fetch(path, {
      method: 'POST',
      headers: json,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Calls the durable webhook API with the key. */
  durable(path: string, init: RequestInit = {}): Promise<Response> {
    return this.fetch(`/runtime/webhooks/durabletask/${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', 'x-functions-key': KEY, ...(init.headers as object) },
    });
  }

  async begin(name: string, input: unknown = {}, id?: string): Promise<string> {
    const path = `orchestrators/${name}${id === undefined ? '' : `/${id}`}`;
    const response = await this.durable(path, { method: 'POST', body: JSON.stringify(input) });
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }

  async raise(id: string, event: string, data: unknown = {}): Promise<number> {
    const path = `instances/${id}/raiseEvent/${event}`;
    return (await this.durable(path, { method: 'POST', body: JSON.stringify(data) })).status;
  }

  async status(id: string, query = ''): Promise<Status> {
    return (await (await this.durable(`instances/${id}?${query}`)).json()) as Status;
  }

  /** The status once `reached` holds for it; by default once the instance has ended. */
  async until(id: string, reached: (status: Status) => boolean = ended): Promise<Status> {
    for (;;) {
      const status = await this.status(id);
      if (reached(status)) return status;
      await delay(10);
    }
  }

  /** Starts an orchestration and waits for its end. */
  async run(name: string, input: unknown = {}): Promise<Status> {
    return this.until(await this.begin(name, input));
  }

  /** What the app's activities have noted. */
  runs(): string[] {
    return this.#lines('runs.log');
  }

  log(): Record<string, string>[] {
    return this.#lines('host.log').map((line) => JSON.parse(line) as Record<string, string>);
  }

  #lines(file: string): string[] {
    try {
      return readFileSync(join(this.dataDir, file), 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }

  async #message(): Promise<ProcessMessage> {
    const [message] = (await once(this.child, 'message')) as [ProcessMessage];
    return message;
  }
}

function ended(status: Status): boolean {
  return ['Completed', 'Failed', 'Terminated'].includes(status.runtimeStatus);
}
