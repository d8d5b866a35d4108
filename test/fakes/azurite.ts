import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BlobConfiguration from 'azurite/dist/src/blob/BlobConfiguration';
import BlobServer from 'azurite/dist/src/blob/BlobServer';
import TableConfiguration from 'azurite/dist/src/table/TableConfiguration';
import TableServer from 'azurite/dist/src/table/TableServer';

// The account and key that every Azurite has; they are published with it.
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azurite's blob and table services inside this process. */
export interface RunningAzurite {
  /** For both services, with the account's key. */
  connectionString: string;
  blobUrl: string;
  tableUrl: string;
  stop(): Promise<void>;
}

interface Server {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

/** Starts Azurite on free ports of the loopback interface; it keeps everything in memory, and two of them know nothing of each other. */
export async function startAzurite(): Promise<RunningAzurite> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-azurite-'));
  const path = (name: string) => join(folder, name);
  const extents = [{ locationId: 'Default', locationPath: path('extents'), maxConcurrency: 50 }];
  // Neither log, not loose, no check of the API version (the SDKs are newer than Azurite), no TLS, no OAuth, usual URLs, in memory.
  const common = [false, true, '', '', '', undefined, false, true];
  const blob = new BlobServer(
    new BlobConfiguration(
      '127.0.0.1',
      0,
      5,
      path('b'),
      path('e'),
      extents,
      false,
      undefined,
      false,
      undefined,
      ...common,
    ),
  ) as Server;
  const table = new TableServer(
    new TableConfiguration('127.0.0.1', 0, 5, path('t'), false, false, undefined, undefined, ...common),
  ) as Server;
  await Promise.all([blob.start(), table.start()]);
  const blobUrl = `${blob.getHttpServerAddress()}/${ACCOUNT}`;
  const tableUrl = `${table.getHttpServerAddress()}/${ACCOUNT}`;
  return {
    connectionString: connectionStringTo({ blobUrl, tableUrl }),
    blobUrl,
    tableUrl,
    stop: async () => {
      await Promise.all([blob.close(), table.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A connection string for Azurite's account at other addresses, such as those of a proxy before it. */
export function connectionStringTo({ blobUrl, tableUrl }: { blobUrl: string; tableUrl?: string }): string {
  const endpoints = `BlobEndpoint=${blobUrl};${tableUrl === undefined ? '' : `TableEndpoint=${tableUrl};`}`;
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};${endpoints}`;
}
