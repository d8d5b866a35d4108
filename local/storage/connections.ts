import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from '@azure/storage-blob';
import { ACCOUNT, ACCOUNT_KEY } from './blob-store';

/** The addresses of the stack's storage, with the account. */
export interface StorageUrls {
  blob: string;
  queue: string;
  table: string;
}

/** Connection strings with just the rights that a duty has in Azure; the SDKs refuse bearer tokens over http. */
export interface DutyConnections {
  /** Reads, lists and creates blobs; neither overwrites nor deletes. */
  archive: string;
  /** The same, and deletes: of the duty `prune`. */
  prune: string;
  /** Reads and writes table entities; neither creates nor deletes tables. */
  ledger: string;
  /** Everything in the queue service: the host's queue triggers also make their poison queues. */
  events: string;
}

// The stack's clock moves by years, and a connection must outlive that.
const EXPIRES = new Date('2199-12-31T00:00:00Z');

/** The connection string of the whole account, with all three endpoints on loopback. */
export function accountConnection({ blob, queue, table }: StorageUrls): string {
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};BlobEndpoint=${blob};QueueEndpoint=${queue};TableEndpoint=${table};`;
}

/** The connections of the duties; only `prune` may delete. */
export function protectConnections({ blob, queue, table }: StorageUrls): DutyConnections {
  return {
    archive: `BlobEndpoint=${blob};SharedAccessSignature=${sas('b', 'co', 'rlc')}`,
    prune: `BlobEndpoint=${blob};SharedAccessSignature=${sas('b', 'co', 'rlcd')}`,
    ledger: `TableEndpoint=${table};SharedAccessSignature=${sas('t', 'co', 'raudl')}`,
    events: `QueueEndpoint=${queue};SharedAccessSignature=${sas('q', 'sco', 'rwdlacup')}`,
  };
}

/** A connection that reads and lists blobs and can do nothing else: an auditor's. */
export function readerConnection({ blob }: StorageUrls): string {
  return `BlobEndpoint=${blob};SharedAccessSignature=${sas('b', 'co', 'rl')}`;
}

function sas(services: string, resourceTypes: string, permissions: string): string {
  return generateAccountSASQueryParameters(
    {
      services: AccountSASServices.parse(services).toString(),
      resourceTypes: AccountSASResourceTypes.parse(resourceTypes).toString(),
      permissions: AccountSASPermissions.parse(permissions),
      expiresOn: EXPIRES,
    },
    new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY),
  ).toString();
}
