import { z } from 'zod';
import { type JsonAnswer } from '../../http/json-server';
import { type Vault, type VaultRegistry } from '../../vault-service/vaults';
import { ArmError, resourceNotFound } from '../arm-error';
import { type ArmOperation, type ArmRequest } from '../arm-operation';
import { armPage } from '../listing';
import { groupOf } from '../resource-path';
import { type RoleBasedAccess } from '../role-based-access';
import { type DocumentStore } from '../store';

const TYPE = 'Microsoft.KeyVault/vaults';

/** What the control plane knows of a vault beyond what the vault service does. Members of the vault's document, as Azure has them. */
export const vaultFacets = z.strictObject({
  tags: z.record(z.string(), z.string()).default({}),
  sku: z.enum(['standard', 'premium']).default('standard'),
  enableRbacAuthorization: z.boolean().default(true),
  accessPolicies: z.array(z.looseObject({})).default([]),
  networkAcls: z.looseObject({}).exactOptional(),
  publicNetworkAccess: z.enum(['Enabled', 'Disabled']).default('Enabled'),
  privateEndpointConnections: z.array(z.looseObject({})).default([]),
});

/** What these operations act on. */
interface VaultParts {
  vaults: VaultRegistry;
  store: DocumentStore;
  access: RoleBasedAccess;
}

/** The resource id of a vault. */
function vaultId({ subscriptionId, resourceGroup, name }: Vault): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${TYPE}/${name}`;
}

/** Reading vaults: one, those of a group or a subscription, and those among a subscription's resources. */
export function vaultOperations(parts: VaultParts): ArmOperation[] {
  const type = TYPE.toLowerCase();
  return [
    {
      name: 'vaults.list',
      method: 'GET',
      path: type,
      type,
      action: `${TYPE}/read`,
      run: (request) =>
        armPage(
          request,
          within(parts.vaults, request.path.scope).map((vault) => documentOf(parts, vault)),
        ),
    },
    {
      name: 'vaults.get',
      method: 'GET',
      path: `${type}/{vault}`,
      type,
      action: `${TYPE}/read`,
      run: (request) => getVault(parts, request),
    },
    {
      name: 'resources.list',
      method: 'GET',
      path: '/subscriptions/{subscription}/resources',
      type: 'microsoft.resources/resources',
      action: undefined,
      run: (request) => listResources(parts, request),
    },
  ];
}

function getVault(parts: VaultParts, { path, params }: ArmRequest): JsonAnswer {
  const name = params['vault'] ?? '';
  const vault = within(parts.vaults, path.scope).find((candidate) => candidate.name === name.toLowerCase());
  const { resourceGroup } = groupOf(path.scope);
  if (vault === undefined || resourceGroup === undefined) {
    throw resourceNotFound(TYPE, name, resourceGroup ?? '<null>');
  }
  return { status: 200, body: documentOf(parts, vault) };
}

/** The vaults of a subscription or a resource group. */
function within(vaults: VaultRegistry, scope: string): Vault[] {
  const { subscription, resourceGroup } = groupOf(scope);
  return vaults
    .all()
    .filter(
      (vault) =>
        vault.subscriptionId.toLowerCase() === subscription &&
        (resourceGroup === undefined || vault.resourceGroup.toLowerCase() === resourceGroup),
    );
}

/** Azure shows of this listing what the caller may read, and refuses whoever may read nothing at all. */
function listResources({ vaults, access, store }: VaultParts, request: ArmRequest): JsonAnswer {
  const { oid } = request.caller;
  const subscription = `/subscriptions/${request.params['subscription'] ?? ''}`;
  const filter = parseFilter(request.query.get('$filter'));
  const visible = within(vaults, subscription).filter((vault) => access.allows(oid, `${TYPE}/read`, vaultId(vault)));
  if (visible.length === 0 && !access.allows(oid, 'Microsoft.Resources/subscriptions/resources/read', subscription)) {
    throw forbidden(oid, 'Microsoft.Resources/subscriptions/resources/read', subscription);
  }
  const wanted = visible.filter(
    (vault) =>
      (filter.resourceType === undefined || filter.resourceType === TYPE.toLowerCase()) &&
      (filter.name === undefined || filter.name === vault.name),
  );
  const brief = wanted.map((vault) => {
    const { id, name, type, location, tags } = documentOf({ store }, vault);
    return { id, name, type, location, tags };
  });
  return armPage(request, brief);
}

/** 403 with Azure's text. */
export function forbidden(oid: string, action: string, scope: string): ArmError {
  return new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${oid}' with object id '${oid}' does not have authorization to perform action '${action}' over scope ` +
      `'${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

function parseFilter(text: string | null): { resourceType?: string; name?: string } {
  const filter: { resourceType?: string; name?: string } = {};
  if (text === null) return filter;
  for (const term of text.split(/ and /i)) {
    const [, property, value = ''] = /^\s*(resourceType|name) eq '([^']*)'\s*$/i.exec(term) ?? [];
    if (property === undefined) {
      throw new ArmError(400, 'InvalidFilterInQueryString', `Invalid $filter '${text}' specified in the query string.`);
    }
    filter[property.toLowerCase() === 'name' ? 'name' : 'resourceType'] = value.toLowerCase();
  }
  return filter;
}

function documentOf({ store }: Pick<VaultParts, 'store'>, vault: Vault) {
  const facets = vaultFacets.parse(store.get('vaults', vault.name) ?? {});
  const { tags, sku, ...rest } = facets;
  return {
    id: vaultId(vault),
    name: vault.name,
    type: TYPE,
    location: vault.region,
    tags,
    properties: {
      sku: { family: 'A', name: sku },
      tenantId: vault.tenantId,
      ...rest,
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      enableSoftDelete: true,
      softDeleteRetentionInDays: vault.softDeleteDays,
      ...(vault.purgeProtection ? { enablePurgeProtection: true } : {}),
      vaultUri: `${vault.url}/`,
      provisioningState: 'Succeeded',
    },
  };
}
