import { KeyVaultError } from '../key-vault-error';
import { type Call } from '../kinds/operation';
import { nameOfAction, type RoleAssignments } from '../role-assignments';
import { type Caller } from './authentication';

/** Throws the 403 of Azure RBAC unless the caller holds the data action on the vault. */
export function requireAction(roles: RoleAssignments, caller: Caller, call: Call, kind: string, action: string): void {
  const { vault } = call;
  if (roles.allows(caller.oid, vault.name, action)) return;
  const object = call.name === '' ? '' : `/${kind}/${call.name.toLowerCase()}`;
  const resource =
    `/subscriptions/${vault.subscriptionId}/resourcegroups/${vault.resourceGroup}/providers/microsoft.keyvault/vaults/${vault.name}` +
    object;
  const lines = [
    'Caller is not authorized to perform action on resource.',
    'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
    `Caller: appid=${caller.appId};oid=${caller.oid};iss=${caller.issuer}`,
    `Action: '${nameOfAction(action)}'`,
    `Resource: '${resource}'`,
    'Assignment: (not found)',
    'DenyAssignmentId: null',
    'DecisionReason: null ',
    `Vault: ${vault.name};location=${vault.region}`,
    '',
  ];
  throw new KeyVaultError(403, 'Forbidden', lines.join('\r\n'), 'ForbiddenByRbac');
}
