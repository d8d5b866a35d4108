import {
  type ArmDocument,
  type ConfigurationPart,
  type ControlPlaneConfiguration,
  type UnreadPart,
} from '../contracts/configuration';
import { type ErrorCode } from '../contracts/error-codes';
import { type ProtectedVault } from '../contracts/objects';
import { type ArmClient } from './arm-client';
import { controlPlaneError, translateControlPlaneError } from './arm-errors';
import { managementOf } from './clouds';
import { type ConfigurationReader } from './port';
import { redacted } from './redaction';

/** Versions of the interfaces. Those of Key Vault before 2026-02-01 are retired on 2027-02-27. */
const VERSIONS = {
  resources: '2021-04-01',
  vault: '2026-02-01',
  authorization: '2022-04-01',
  locks: '2020-05-01',
  diagnosticSettings: '2021-05-01-preview',
  eventSubscriptions: '2025-02-15',
} as const;

/** All of a vault's configuration together, in milliseconds: a backup does not wait long for what is beside the point. */
const DEADLINE_MS = 60_000;
const VAULT_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[\w().-]+\/providers\/Microsoft\.KeyVault\/vaults\/([0-9a-z-]+)$/i;
const ROLE_DEFINITION_ID = /\/providers\/Microsoft\.Authorization\/roleDefinitions\/([0-9a-f-]{36})$/i;
/** Names of roles that are read at the same time. */
const ROLES_AT_ONCE = 4;

/** Reads configurations over Azure Resource Manager. */
export function createArmConfigurationReader(client: ArmClient): ConfigurationReader {
  return { read: (vault) => readConfiguration(client, vault) };
}

/** What every read of one vault shares. */
interface Reading {
  client: ArmClient;
  /** Base address of Azure Resource Manager. */
  base: string;
  signal: AbortSignal;
}

async function readConfiguration(client: ArmClient, vault: ProtectedVault): Promise<ControlPlaneConfiguration> {
  const reading = { client, base: managementOf(vault.url), signal: AbortSignal.timeout(DEADLINE_MS) };
  const found = await part(async () => ({ id: givenId(vault) ?? (await findVault(reading, vault)) }));
  if (found.status !== 'read') {
    return {
      vault: found,
      roleAssignments: found,
      diagnosticSettings: found,
      eventSubscriptions: found,
      locks: found,
    };
  }
  const { id } = found;
  const listed = (path: string, version: string) =>
    part(async () => ({ documents: await list(reading, `${id}/providers/${path}`, version) }));
  const [document, roleAssignments, diagnosticSettings, eventSubscriptions, locks] = await Promise.all([
    part(async () => ({ document: await get(reading, id, VERSIONS.vault) })),
    part(() => readRoleAssignments(reading, id)),
    listed('Microsoft.Insights/diagnosticSettings', VERSIONS.diagnosticSettings),
    listed('Microsoft.EventGrid/eventSubscriptions', VERSIONS.eventSubscriptions),
    listed('Microsoft.Authorization/locks', VERSIONS.locks),
  ]);
  return { vault: document, roleAssignments, diagnosticSettings, eventSubscriptions, locks };
}

/** The resource id as it was configured. One of another vault would put that vault's configuration into this one's snapshot. */
function givenId({ resourceId, shortName }: ProtectedVault): string | undefined {
  if (resourceId !== undefined && nameIn(resourceId) !== shortName) throw controlPlaneError('control_plane_not_found');
  return resourceId;
}

/** The vault that an id names, in lower case. */
function nameIn(id: string): string | undefined {
  return VAULT_ID.exec(id)?.[1]?.toLowerCase();
}

/** The resource id of a vault, by its name among the subscription's resources. Names of vaults are unique in a cloud. */
async function findVault(reading: Reading, { subscriptionId, shortName }: ProtectedVault): Promise<string> {
  const filter = `resourceType eq 'Microsoft.KeyVault/vaults' and name eq '${shortName}'`;
  const resources = await reading.client.list(
    `${reading.base}/subscriptions/${subscriptionId}/resources?$filter=${encodeURIComponent(filter)}&api-version=${VERSIONS.resources}`,
    reading.signal,
  );
  const ids = resources.map((resource) => (typeof resource['id'] === 'string' ? resource['id'] : ''));
  const id = ids.find((candidate) => nameIn(candidate) === shortName);
  if (id === undefined) throw controlPlaneError('control_plane_not_found');
  return id;
}

async function readRoleAssignments(reading: Reading, id: string) {
  const path = `${id}/providers/Microsoft.Authorization/roleAssignments`;
  // At the vault and above it: what lies below is for single objects, and not the vault's.
  const documents = await list(reading, path, VERSIONS.authorization, '$filter=atScope()&');
  const roleIds = new Set(documents.map(roleDefinitionId).filter((role) => ROLE_DEFINITION_ID.test(role)));
  return { documents, roleNames: await readRoleNames(reading, id, [...roleIds]) };
}

/** The names of roles, asked for at the vault, where the right to read suffices. One that cannot be read is left out: its id is known. */
async function readRoleNames(
  reading: Reading,
  vaultId: string,
  roleIds: readonly string[],
): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  for (let start = 0; start < roleIds.length; start += ROLES_AT_ONCE) {
    await Promise.all(
      roleIds.slice(start, start + ROLES_AT_ONCE).map(async (id) => {
        const path = `${vaultId}/providers/Microsoft.Authorization/roleDefinitions/${ROLE_DEFINITION_ID.exec(id)?.[1] ?? ''}`;
        const read = await part(async () => ({ role: await get(reading, path, VERSIONS.authorization) }));
        const name = read.status === 'read' ? membersOf(read.role['properties'])['roleName'] : undefined;
        if (typeof name === 'string') names[id] = name;
      }),
    );
  }
  return names;
}

function roleDefinitionId(assignment: ArmDocument): string {
  const id = membersOf(assignment['properties'])['roleDefinitionId'];
  return typeof id === 'string' ? id : '';
}

function membersOf(value: unknown): ArmDocument {
  return typeof value === 'object' && value !== null ? (value as ArmDocument) : {};
}

async function get({ client, base, signal }: Reading, path: string, version: string): Promise<ArmDocument> {
  return redacted(await client.get(`${base}${path}?api-version=${version}`, signal));
}

async function list(
  { client, base, signal }: Reading,
  path: string,
  version: string,
  query = '',
): Promise<ArmDocument[]> {
  return (await client.list(`${base}${path}?${query}api-version=${version}`, signal)).map(redacted);
}

async function part<T extends object>(read: () => Promise<T>): Promise<ConfigurationPart<T>> {
  try {
    return { status: 'read', ...(await read()) };
  } catch (error) {
    const { code } = translateControlPlaneError(error);
    return { status: statusOf(code), code };
  }
}

function statusOf(code: ErrorCode): UnreadPart['status'] {
  if (code === 'control_plane_forbidden' || code === 'control_plane_unauthorized') return 'not_permitted';
  return code === 'control_plane_not_found' ? 'not_found' : 'unavailable';
}
