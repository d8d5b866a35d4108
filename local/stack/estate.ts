import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { TableServiceClient } from '@azure/data-tables';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { ACCOUNT } from '../storage/blob-store';
import { accountConnection, type StorageUrls } from '../storage/connections';
import { type JsonClient } from './json-client';
import { sampleVaults } from './sample-vaults';

/** Everything of the stack belongs to one subscription and one geography, so that backups open everywhere in it. */
export const SUBSCRIPTION_ID = '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a01';

/** The resource group of the stack's vaults and of its storage account. */
const RESOURCE_GROUP = 'strongroom';

/** The ARM id of the archive's storage account. */
export const ARCHIVE_RESOURCE_ID = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${RESOURCE_GROUP}/providers/Microsoft.Storage/storageAccounts/${ACCOUNT}`;

/** The geography of the stack's vaults. */
export const GEOGRAPHY = 'Europe';

/** The vault that holds the key-encryption key, the signing key and the prune key. */
export const KEY_VAULT = 'strongroom-keys';

/** The identity under which the app runs. */
export const APP_PRINCIPAL = {
  oid: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a02',
  clientId: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a03',
} as const;

/** The tenant of the app and of all callers. */
export const TENANT_ID = '7a8d5c1e-2f64-4b0b-9d3a-51c0ffee0001';

/** The client id of the API's app registration, which is the audience of tokens for it. */
export const API_AUDIENCE = '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a05';

/** Who calls the API with the token that the stack hands out: somebody with every role. */
export const OPERATOR = {
  oid: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a06',
  clientId: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a07',
  name: 'operator of the stack',
  tenantId: TENANT_ID,
  roles: ['Reader', 'Operator', 'Restorer', 'Approver', 'Admin'].map((role) => `Strongroom.${role}`),
} as const;

// The stack's clock only goes forward, and whoever copied the token keeps it: so it outlives every simulated time, where Entra ID's own would live an hour.
const TOKEN_SECONDS = 100 * 366 * 86_400;

/** The names of the keys of {@link KEY_VAULT}. */
export const KEY_NAMES = { encryption: 'archive-kek', signing: 'archive-signing', pruning: 'archive-pruning' } as const;

/** What duty `protect` may do on a vault that it backs up. */
export const SOURCE_ACTIONS = [
  'secrets/readMetadata/action',
  'secrets/backup/action',
  'keys/read',
  'keys/backup/action',
  'keyrotationpolicies/read',
  'certificates/read',
  'certificates/backup/action',
];

/** What the app may read of the vaults' own configuration, and of how its archive is protected: control-plane actions, all of them optional. */
const CONFIGURATION_ROLE = {
  name: 'Strongroom configuration reader',
  actions: [
    'Microsoft.Resources/subscriptions/resources/read',
    'Microsoft.KeyVault/vaults/read',
    'Microsoft.Authorization/roleAssignments/read',
    'Microsoft.Authorization/roleDefinitions/read',
    'Microsoft.Authorization/locks/read',
    'Microsoft.Insights/diagnosticSettings/read',
    'Microsoft.EventGrid/eventSubscriptions/read',
    'Microsoft.Storage/storageAccounts/blobServices/read',
    'Microsoft.Storage/storageAccounts/blobServices/containers/read',
  ],
};

const SETUP_OID = '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a04';
// Actions are given per vault here, per key in Azure: the app may sign with and read what this one vault holds.
const KEY_VAULT_ACTIONS = ['keys/read', 'keys/sign/action'];

/** What the estate says of itself, kept for later starts. */
export interface Estate {
  /** The RFC 7638 thumbprint of the KEK's public key, base64url. */
  kekThumbprint: string;
  /** The protected vaults' names. */
  vaults: string[];
}

/** Where the estate is made. */
export interface EstateGround {
  vaultService: JsonClient;
  vaultGateway: string;
  seed: number;
}

/**
 * Makes the vaults, their content, the app's identity and its rights, as a deployment would have. Vaults of these names
 * that are there already, from a start that was broken off, are made anew.
 */
export async function makeEstate(kind: 'sample' | 'empty', ground: EstateGround): Promise<Estate> {
  const { vaultService, seed } = ground;
  const protectedVaults = kind === 'sample' ? sampleVaults(seed) : [];
  await vaultService.put(`/principals/${APP_PRINCIPAL.oid}`, {
    clientId: APP_PRINCIPAL.clientId,
    name: 'strongroom',
    default: true,
  });
  await vaultService.put('/control-plane/role-definitions', CONFIGURATION_ROLE);
  await vaultService.put('/control-plane/role-assignments', {
    principal: APP_PRINCIPAL.oid,
    scope: `/subscriptions/${SUBSCRIPTION_ID}`,
    role: CONFIGURATION_ROLE.name,
  });
  await makeVault(vaultService, KEY_VAULT, { purgeProtection: true });
  await vaultService.post(`/vaults/${KEY_VAULT}/seed`, {
    keys: [
      { name: KEY_NAMES.encryption, versions: [{ kty: 'RSA', size: 3072 }] },
      { name: KEY_NAMES.signing, versions: [{ kty: 'EC', crv: 'P-256' }] },
      { name: KEY_NAMES.pruning, versions: [{ kty: 'EC', crv: 'P-256' }] },
    ],
  });
  await allow(vaultService, KEY_VAULT, KEY_VAULT_ACTIONS);
  for (const { name, content } of protectedVaults) {
    await makeVault(vaultService, name, { purgeProtection: true });
    await vaultService.post(`/vaults/${name}/seed`, content);
    await allow(vaultService, name, SOURCE_ACTIONS);
  }
  return {
    kekThumbprint: await thumbprintOf(ground, KEY_NAMES.encryption),
    vaults: protectedVaults.map(({ name }) => name),
  };
}

/**
 * Registers the operator, who also looks after the archive's storage account, and mints tokens for the API and for the control plane that stay good however
 * far the clock is moved.
 */
export async function operatorTokens(vaultService: JsonClient): Promise<{ token: string; managementToken: string }> {
  const { oid, ...settings } = OPERATOR;
  await vaultService.put(`/principals/${oid}`, settings);
  await vaultService.put('/control-plane/role-assignments', {
    principal: oid,
    scope: ARCHIVE_RESOURCE_ID,
    role: 'Storage Account Contributor',
  });
  const mint = async (aud: string): Promise<string> => {
    const request = { oid, aud, expiresIn: TOKEN_SECONDS };
    return ((await vaultService.post('/token', request)) as { access_token: string }).access_token;
  };
  return { token: await mint(API_AUDIENCE), managementToken: await mint('https://management.azure.com') };
}

async function makeVault(vaultService: JsonClient, name: string, settings: object): Promise<void> {
  const { vaults } = (await vaultService.get('/vaults')) as { vaults: { name: string }[] };
  if (vaults.some((vault) => vault.name === name)) await vaultService.delete(`/vaults/${name}`);
  await vaultService.put(`/vaults/${name}`, {
    subscriptionId: SUBSCRIPTION_ID,
    resourceGroup: RESOURCE_GROUP,
    geography: GEOGRAPHY,
    ...settings,
  });
}

async function allow(vaultService: JsonClient, vault: string, actions: string[]): Promise<void> {
  await vaultService.put('/roles', { principal: APP_PRINCIPAL.oid, vault, actions });
}

/** Reads a public key as the person who approves it would, with a right that exists only meanwhile. */
async function thumbprintOf({ vaultService, vaultGateway }: EstateGround, key: string): Promise<string> {
  await vaultService.put('/roles', { principal: SETUP_OID, vault: KEY_VAULT, actions: ['keys/read'] });
  try {
    const token = (await vaultService.post('/token', { oid: SETUP_OID, aud: 'https://vault.azure.net' })) as {
      access_token: string;
    };
    const jwk = await readKey(vaultGateway, key, token.access_token);
    return await calculateJwkThumbprint({ kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' });
  } finally {
    await vaultService.delete(`/roles?principal=${SETUP_OID}`);
  }
}

async function readKey(vaultGateway: string, key: string, token: string): Promise<JWK> {
  const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const call = request(`${vaultGateway}/keys/${key}?api-version=7.4`, {
      headers: { host: `${KEY_VAULT}.vault.azure.net`, authorization: `Bearer ${token}` },
    });
    call.once('error', reject);
    call.once('response', (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, reject);
    });
    call.end();
  });
  if (answer.status !== 200) throw new Error(`The key ${key} could not be read: ${answer.status}.`);
  return (JSON.parse(answer.body) as { key: JWK }).key;
}

/** A write-once container of the archive and its retention in days. */
export interface ArchiveContainer {
  name: string;
  retentionDays: number;
}

/** The tables of the ledger. */
const LEDGER_TABLES = ['runs', 'objects', 'snapshots', 'plans', 'replications', 'records', 'alerts', 'audit', 'state'];

/** Makes the archive's containers with locked policies, and the ledger's tables; what is there stays. */
export async function makeStorage(
  storage: JsonClient,
  urls: StorageUrls,
  containers: ArchiveContainer[],
): Promise<void> {
  for (const { name, retentionDays } of containers) {
    await storage.put(`/containers/${name}`, { retentionDays, locked: true });
  }
  const tables = TableServiceClient.fromConnectionString(accountConnection(urls), { allowInsecureConnection: true });
  for (const name of LEDGER_TABLES) await tables.createTable(name);
}

/** Tells the control plane where the archive's storage account is, so that it shows and changes the containers that are there. */
export async function joinPlanes(vaultService: JsonClient, storage: { control: string; blob: string }): Promise<void> {
  await vaultService.put(`/control-plane/storage-accounts/${ACCOUNT}`, {
    subscriptionId: SUBSCRIPTION_ID,
    resourceGroup: RESOURCE_GROUP,
    ...storage,
  });
}
