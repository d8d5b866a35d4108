import { decompressResponsePolicyName } from '@azure/core-rest-pipeline';
import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import { type TokenCredential } from '@azure/identity';
import { LedgerTable } from './ledger-table';
import { ledgerRetries } from './table-retries';

/** Where the ledger is: the table endpoint and an identity, or, in development only, a connection string (account key or SAS). */
export type LedgerConnection = { url: string; credential: TokenCredential } | { connectionString: string };

const TABLES = ['runs', 'objects', 'snapshots', 'state', 'audit', 'alerts', 'plans'] as const;

/** The ledger's tables, by name. The deployment makes them; the app never does. */
export type LedgerTables = Record<(typeof TABLES)[number], LedgerTable>;

/**
 * The ledger's tables at that place. Sends nothing yet. Requests are tried up to six times, with about six seconds of waiting and 30 s for each try.
 * Needs Storage Table Data Contributor.
 */
export function createTables(connection: LedgerConnection): LedgerTables {
  const table = (name: string): LedgerTable => new LedgerTable(tableClient(connection, name));
  return Object.fromEntries(TABLES.map((name) => [name, table(name)])) as LedgerTables;
}

function tableClient(connection: LedgerConnection, name: string): TableClient {
  const client = clientOf(connection, name);
  // The SDK's HTTP client waits for ever for the rest of a compressed answer that was cut off, and no abort ends that: ask for none.
  client.pipeline.removePolicy({ name: decompressResponsePolicyName });
  return client;
}

function clientOf(connection: LedgerConnection, name: string): TableClient {
  const options: TableServiceClientOptions = {
    retryOptions: { maxRetries: 0 },
    additionalPolicies: ledgerRetries().map((policy) => ({ policy, position: 'perCall' })),
  };
  if (!('connectionString' in connection)) return new TableClient(connection.url, name, connection.credential, options);
  // Only development has connection strings, and its storage has no certificate.
  return TableClient.fromConnectionString(connection.connectionString, name, {
    ...options,
    allowInsecureConnection: true,
  });
}
