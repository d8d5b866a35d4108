import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type VaultRegistry } from '../../vault-service/vaults';
import { resourceNotFound } from '../arm-error';
import { type ArmOperation } from '../arm-operation';
import { armPage } from '../listing';
import { groupOf, isWithin, parseResourcePath } from '../resource-path';
import { type DocumentStore } from '../store';

const TYPES = {
  diagnosticSettings: 'Microsoft.Insights/diagnosticSettings',
  eventSubscriptions: 'Microsoft.EventGrid/eventSubscriptions',
  locks: 'Microsoft.Authorization/locks',
} as const;

type ExtensionKind = keyof typeof TYPES;

const kinds = Object.keys(TYPES) as [ExtensionKind, ...ExtensionKind[]];

/** A document that hangs on another resource: a diagnostic setting, an event subscription or a lock. */
export const extensionRequest = z.strictObject({
  kind: z.enum(kinds),
  scope: z.string().startsWith('/'),
  name: z.string().min(1),
  properties: z.looseObject({}).default({}),
});

type Extension = z.infer<typeof extensionRequest>;

/** What these operations act on. */
interface ExtensionParts {
  vaults: VaultRegistry;
  store: DocumentStore;
}

/** Keeps a document, or replaces it. */
export function putExtension(store: DocumentStore, extension: Extension): void {
  const key = createHash('sha256')
    .update(`${extension.kind} ${extension.scope} ${extension.name}`.toLowerCase())
    .digest('hex');
  store.put('extensions', key, extension);
}

/** Forgets all documents of a kind, or all. */
export function removeExtensions(store: DocumentStore, kind: string | undefined): void {
  for (const { key, document } of store.all('extensions'))
    if (kind === undefined || extensionRequest.parse(document).kind === kind) store.remove('extensions', key);
}

/** Listing what hangs on a scope. Locks also hold for what lies below where they were set. */
export function extensionOperations({ vaults, store }: ExtensionParts): ArmOperation[] {
  return kinds.map((kind): ArmOperation => {
    const type = TYPES[kind];
    return {
      name: `${kind}.list`,
      method: 'GET',
      path: type.toLowerCase(),
      type: type.toLowerCase(),
      action: `${type}/read`,
      run: (request) => {
        const { scope } = request.path;
        requireParent(vaults, scope);
        const found = store
          .all('extensions')
          .map(({ document }) => extensionRequest.parse(document))
          .filter((extension) => extension.kind === kind && hangsOn(extension, scope));
        return armPage(
          request,
          found.map(({ scope: at, name, properties }) => ({
            id: `${at}/providers/${type}/${name}`,
            name,
            type,
            properties,
          })),
        );
      },
    };
  });
}

function hangsOn(extension: Extension, scope: string): boolean {
  return extension.kind === 'locks'
    ? isWithin(scope, extension.scope)
    : extension.scope.toLowerCase() === scope.toLowerCase();
}

/** Throws 404 if the scope is a vault that does not exist. */
export function requireParent(vaults: VaultRegistry, scope: string): void {
  const { namespace, segments, scope: group } = parseResourcePath(scope);
  const [type = '', name = ''] = segments;
  if (namespace !== 'microsoft.keyvault' || type.toLowerCase() !== 'vaults') return;
  const { resourceGroup } = groupOf(group);
  if (vaults.get(name)?.resourceGroup.toLowerCase() === resourceGroup) return;
  throw resourceNotFound('Microsoft.KeyVault/vaults', name, resourceGroup ?? '<null>');
}
