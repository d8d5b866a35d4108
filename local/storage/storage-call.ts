import { type IncomingMessage } from 'node:http';
import { type StorageService } from './azurite-servers';

/** What a request to the storage asks for, told from its line and headers alone. */
export interface StorageCall {
  service: StorageService;
  /** The name of the operation in Azure's REST reference, without spaces: `PutBlob`, `InsertEntity`, `GetMessages`. */
  operation: string;
  /** The container, queue or table; empty where there is none, and for a table batch, whose tables stand in its body. */
  resource: string;
  /** The path below the resource: the blob's name, the message's id, the entity's keys. */
  path: string;
}

/** Describes a request. An unknown combination is called `Other`; it is never refused here. */
export function describeCall(service: StorageService, request: IncomingMessage): StorageCall {
  const url = new URL(request.url ?? '/', 'http://storage');
  const [, , resource = '', ...rest] = url.pathname.split('/').map(decoded);
  const path = rest.join('/');
  const line: Line = {
    method: request.method ?? '',
    query: url.searchParams,
    headers: request.headers,
    resource,
    path,
  };
  if (service === 'table') return tableCall(line);
  const operation = service === 'blob' ? blobOperation(line) : queueOperation(line);
  return { service, operation, resource, path };
}

interface Line {
  method: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  resource: string;
  path: string;
}

const OTHER = 'Other';

const BLOB_OPERATIONS: Record<string, string> = {
  'GET ': 'GetBlob',
  'HEAD ': 'GetBlobProperties',
  'DELETE ': 'DeleteBlob',
  'PUT ': 'PutBlob',
  'PUT block': 'PutBlock',
  'PUT blocklist': 'PutBlockList',
  'GET blocklist': 'GetBlockList',
  'PUT metadata': 'SetBlobMetadata',
  'GET metadata': 'GetBlobMetadata',
  'HEAD metadata': 'GetBlobMetadata',
  'PUT properties': 'SetBlobProperties',
  'PUT tier': 'SetBlobTier',
  'PUT tags': 'SetBlobTags',
  'GET tags': 'GetBlobTags',
  'PUT snapshot': 'SnapshotBlob',
  'PUT lease': 'LeaseBlob',
  'PUT appendblock': 'AppendBlock',
  'PUT page': 'PutPage',
  'GET pagelist': 'GetPageRanges',
  'PUT copy': 'AbortCopyBlob',
  'PUT seal': 'AppendBlobSeal',
  'PUT undelete': 'UndeleteBlob',
};

const CONTAINER_OPERATIONS: Record<string, string> = {
  'PUT ': 'CreateContainer',
  'GET ': 'GetContainerProperties',
  'HEAD ': 'GetContainerProperties',
  'DELETE ': 'DeleteContainer',
  'GET list': 'ListBlobs',
  'GET blobs': 'FindBlobsByTags',
  'PUT metadata': 'SetContainerMetadata',
  'GET acl': 'GetContainerACL',
  'PUT acl': 'SetContainerACL',
  'PUT lease': 'LeaseContainer',
  'POST batch': 'Batch',
};

const BLOB_SERVICE_OPERATIONS: Record<string, string> = {
  'GET list': 'ListContainers',
  'POST batch': 'Batch',
  'GET blobs': 'FindBlobsByTags',
  'GET properties': 'GetServiceProperties',
  'PUT properties': 'SetServiceProperties',
};

function blobOperation({ method, query, headers, resource, path }: Line): string {
  const key = `${method} ${query.get('comp') ?? ''}`;
  if (resource === '') return BLOB_SERVICE_OPERATIONS[key] ?? OTHER;
  if (path === '' && query.get('restype') === 'container') return CONTAINER_OPERATIONS[key] ?? OTHER;
  if (key === 'PUT ' && headers['x-ms-copy-source'] !== undefined) return 'CopyBlob';
  return BLOB_OPERATIONS[key] ?? OTHER;
}

const MESSAGES_OPERATIONS: Record<string, string> = {
  POST: 'PutMessage',
  GET: 'GetMessages',
  DELETE: 'ClearMessages',
};

const QUEUE_OPERATIONS: Record<string, string> = {
  'PUT ': 'CreateQueue',
  'DELETE ': 'DeleteQueue',
  'GET metadata': 'GetQueueMetadata',
  'HEAD metadata': 'GetQueueMetadata',
  'PUT metadata': 'SetQueueMetadata',
};

function queueOperation({ method, query, resource, path }: Line): string {
  if (resource === '') return method === 'GET' && query.get('comp') === 'list' ? 'ListQueues' : OTHER;
  if (path === '') return QUEUE_OPERATIONS[`${method} ${query.get('comp') ?? ''}`] ?? OTHER;
  if (path !== 'messages') return method === 'PUT' ? 'UpdateMessage' : 'DeleteMessage';
  return query.get('peekonly') === 'true' ? 'PeekMessages' : (MESSAGES_OPERATIONS[method] ?? OTHER);
}

const ENTITY_OPERATIONS: Record<string, [conditional: string, unconditional: string]> = {
  GET: ['GetEntity', 'GetEntity'],
  DELETE: ['DeleteEntity', 'DeleteEntity'],
  PUT: ['UpdateEntity', 'InsertOrReplaceEntity'],
  PATCH: ['MergeEntity', 'InsertOrMergeEntity'],
  MERGE: ['MergeEntity', 'InsertOrMergeEntity'],
};

function tableCall({ method, headers, resource }: Line): StorageCall {
  const call = (operation: string, table: string, path = ''): StorageCall => ({
    service: 'table',
    operation,
    resource: table,
    path,
  });
  const [, name = '', keys = ''] = /^([^(]*)(?:\((.*)\))?$/.exec(resource) ?? [];
  if (name === '$batch') return call('Batch', '');
  if (name === 'Tables') return tablesCall(method, keys);
  if (keys === '' && method === 'POST') return call('InsertEntity', name);
  if (keys === '' && method === 'GET') return call('QueryEntities', name);
  const verb = headers['x-http-method']?.toString() ?? method;
  const [conditional, unconditional] = ENTITY_OPERATIONS[verb] ?? [OTHER, OTHER];
  return call(headers['if-match'] === undefined ? unconditional : conditional, name, keys);
}

function tablesCall(method: string, keys: string): StorageCall {
  const operation = { GET: 'QueryTables', POST: 'CreateTable', DELETE: 'DeleteTable' }[method] ?? OTHER;
  return { service: 'table', operation, resource: keys.replaceAll("'", ''), path: '' };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
