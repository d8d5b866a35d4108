import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { accountConnection, protectConnections } from '../../../local/storage/connections';
import { type PartProcess, cleanEnvironment, startPart } from '../../../local/stack/part-process';
import { type StorageConfig } from '../../../local/storage/start-storage';

/** The storage as the supervisor runs it: compiled, in a process of its own. */
export class StorageProcess {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'strongroom-storage-'));
  readonly tripped: string[] = [];
  #part: PartProcess | undefined;
  #offsetMs = 0;

  async start(config: Partial<StorageConfig> = {}): Promise<void> {
    mkdirSync(this.dataDir, { recursive: true });
    this.#part = await startPart({
      name: 'storage',
      main: 'storage/main.js',
      config: { dataDir: join(this.dataDir, 'storage'), ports: {}, ...config },
      clockOffsetMs: this.#offsetMs,
      environment: cleanEnvironment(),
      logFile: join(this.dataDir, 'storage.log'),
      onTripwire: (id) => this.tripped.push(id),
    });
  }

  get part(): PartProcess {
    if (!this.#part) throw new Error('The storage is not running.');
    return this.#part;
  }

  get urls(): { blob: string; queue: string; table: string } {
    const { blob = '', queue = '', table = '' } = this.part.endpoints;
    return { blob, queue, table };
  }

  get connection(): string {
    return accountConnection(this.urls);
  }

  get duty(): ReturnType<typeof protectConnections> {
    return protectConnections(this.urls);
  }

  /** Without retries, so that every answer is seen once. */
  blobs(connection = this.connection): BlobServiceClient {
    return BlobServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 1 } });
  }

  async control(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${this.part.endpoints.storageControl}${path}`, init);
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  }

  async advanceDays(days: number): Promise<void> {
    this.#offsetMs += days * 86_400_000;
    await this.part.setClock(this.#offsetMs);
  }

  async stop(): Promise<void> {
    await this.#part?.stop();
    this.#part = undefined;
  }

  async stopAndClean(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** The status and code of a refused call, or `allowed`. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'allowed';
  } catch (error) {
    const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string };
    return statusCode === undefined ? message : `${statusCode} ${code ?? ''}`;
  }
}
