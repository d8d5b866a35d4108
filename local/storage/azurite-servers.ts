import { type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import BlobConfiguration from 'azurite/dist/src/blob/BlobConfiguration';
import BlobServer from 'azurite/dist/src/blob/BlobServer';
import QueueConfiguration from 'azurite/dist/src/queue/QueueConfiguration';
import QueueServer from 'azurite/dist/src/queue/QueueServer';
import TableConfiguration from 'azurite/dist/src/table/TableConfiguration';
import TableServer from 'azurite/dist/src/table/TableServer';
import { portInUse } from '../http/loopback';
import { type BlobStore } from './blob-store';
import { makeFolder } from '../process/make-folder';

/** One of Azurite's three services. */
export type StorageService = 'blob' | 'queue' | 'table';

/** Puts something in front of a service: it is given the service's own listener and answers what takes its place. */
export type Interception = (service: StorageService, handle: RequestListener) => RequestListener;

/** Where Azurite keeps its data and listens. With `inMemory` nothing is written at all. */
export interface AzuriteOptions {
  dataDir: string;
  inMemory: boolean;
  ports: Record<StorageService, number>;
}

/** Azurite, running inside this process. */
export interface Azurite {
  /** Base addresses without the account. */
  urls: Record<StorageService, string>;
  blobStore: BlobStore;
  /** Closes the listeners and writes everything to disk; a hard kill loses the last five seconds instead. */
  stop(): Promise<void>;
}

interface AzuriteServer {
  httpServer: Server;
  metadataStore: object;
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

const HOST = '127.0.0.1';
const KEEP_ALIVE_SECONDS = 30;
const IS_LOOSE = false;
// The SDKs ask for newer API versions than Azurite knows, and would get 400 for every call.
const SKIPS_API_VERSION_CHECK = true;
const ACCESS_LOG = [false, undefined] as const;
const DEBUG_LOG = [false, undefined] as const;
const NO_TLS = ['', '', ''] as const;
const NO_OAUTH = undefined;
const ALLOWS_PRODUCT_STYLE_URLS = false;

/**
 * Starts Azurite's blob, queue and table service, each behind what `intercept` puts before it. `prepare` sees the blob
 * store before the first request.
 */
export async function startAzurite(
  options: AzuriteOptions,
  intercept: Interception,
  prepare: (store: BlobStore) => void,
): Promise<Azurite> {
  makeFolder(options.dataDir);
  const servers = {
    blob: createBlobServer(options),
    queue: createQueueServer(options),
    table: createTableServer(options),
  };
  prepare(servers.blob.metadataStore as BlobStore);
  const urls = {
    blob: await start('blob', servers.blob, options.ports.blob, intercept),
    queue: await start('queue', servers.queue, options.ports.queue, intercept),
    table: await start('table', servers.table, options.ports.table, intercept),
  };
  return {
    urls,
    blobStore: servers.blob.metadataStore as BlobStore,
    stop: async () => {
      for (const server of Object.values(servers)) {
        server.httpServer.closeIdleConnections();
        await server.close();
        server.httpServer.closeAllConnections();
      }
    },
  };
}

async function start(
  service: StorageService,
  server: AzuriteServer,
  port: number,
  intercept: Interception,
): Promise<string> {
  const [listener] = server.httpServer.listeners('request') as RequestListener[];
  if (!listener) throw new Error(`Azurite's ${service} service has no request listener: is this another version?`);
  server.httpServer.removeAllListeners('request');
  server.httpServer.on('request', intercept(service, listener));
  try {
    await server.start();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portInUse(port, `${service} storage`, error) : error;
  }
  return server.getHttpServerAddress();
}

function createBlobServer({ dataDir, inMemory, ports }: AzuriteOptions): AzuriteServer {
  const configuration = new BlobConfiguration(
    HOST,
    ports.blob,
    KEEP_ALIVE_SECONDS,
    join(dataDir, 'blob.json'),
    join(dataDir, 'blob-extents.json'),
    extentsIn(join(dataDir, 'blobs')),
    ...ACCESS_LOG,
    ...DEBUG_LOG,
    IS_LOOSE,
    SKIPS_API_VERSION_CHECK,
    ...NO_TLS,
    NO_OAUTH,
    ALLOWS_PRODUCT_STYLE_URLS,
    inMemory,
  );
  return new BlobServer(configuration) as AzuriteServer;
}

function createQueueServer({ dataDir, inMemory, ports }: AzuriteOptions): AzuriteServer {
  const configuration = new QueueConfiguration(
    HOST,
    ports.queue,
    KEEP_ALIVE_SECONDS,
    join(dataDir, 'queue.json'),
    join(dataDir, 'queue-extents.json'),
    extentsIn(join(dataDir, 'queues')),
    ...ACCESS_LOG,
    ...DEBUG_LOG,
    IS_LOOSE,
    SKIPS_API_VERSION_CHECK,
    ...NO_TLS,
    NO_OAUTH,
    ALLOWS_PRODUCT_STYLE_URLS,
    inMemory,
  );
  return new QueueServer(configuration) as AzuriteServer;
}

function createTableServer({ dataDir, inMemory, ports }: AzuriteOptions): AzuriteServer {
  const [isAccessLogged, accessLog] = ACCESS_LOG;
  const [isDebugLogged, debugLog] = DEBUG_LOG;
  const configuration = new TableConfiguration(
    HOST,
    ports.table,
    KEEP_ALIVE_SECONDS,
    join(dataDir, 'table.json'),
    isDebugLogged,
    isAccessLogged,
    accessLog,
    debugLog,
    IS_LOOSE,
    SKIPS_API_VERSION_CHECK,
    ...NO_TLS,
    NO_OAUTH,
    ALLOWS_PRODUCT_STYLE_URLS,
    inMemory,
  );
  return new TableServer(configuration) as AzuriteServer;
}

function extentsIn(folder: string): object[] {
  return [{ locationId: 'Default', locationPath: folder, maxConcurrency: 50 }];
}
