import { type VaultRegistry } from '../../vault-service/vaults';
import { ArmError } from '../arm-error';
import { type ArmOperation } from '../arm-operation';
import { armPage } from '../listing';
import { groupOf, isWithin } from '../resource-path';
import { type Assignment, type Role, type RoleBasedAccess } from '../role-based-access';
import { requireParent } from './extensions';

const ASSIGNMENTS = 'Microsoft.Authorization/roleAssignments';
const DEFINITIONS = 'Microsoft.Authorization/roleDefinitions';

/** What these operations act on. */
interface AuthorizationParts {
  vaults: VaultRegistry;
  access: RoleBasedAccess;
}

/** Reading role assignments at a scope, and role definitions. */
export function authorizationOperations({ vaults, access }: AuthorizationParts): ArmOperation[] {
  const type = DEFINITIONS.toLowerCase();
  return [
    {
      name: 'roleAssignments.list',
      method: 'GET',
      path: ASSIGNMENTS.toLowerCase(),
      type: ASSIGNMENTS.toLowerCase(),
      action: `${ASSIGNMENTS}/read`,
      run: (request) => {
        const { scope } = request.path;
        requireParent(vaults, scope);
        const atScope = onlyAtScope(request.query.get('$filter'));
        const found = access
          .assignments()
          .filter((assignment) => isWithin(scope, assignment.scope) || (!atScope && isWithin(assignment.scope, scope)));
        return armPage(request, found.map(assignmentDocument));
      },
    },
    {
      name: 'roleDefinitions.list',
      method: 'GET',
      path: type,
      type,
      action: `${DEFINITIONS}/read`,
      run: (request) =>
        armPage(
          request,
          access.roles().map((role) => definitionDocument(role, request.path.scope)),
        ),
    },
    {
      name: 'roleDefinitions.get',
      method: 'GET',
      path: `${type}/{id}`,
      type,
      action: `${DEFINITIONS}/read`,
      run: ({ path, params }) => {
        const id = params['id'] ?? '';
        const role = access.role(id);
        if (role !== undefined) return { status: 200, body: definitionDocument(role, path.scope) };
        throw new ArmError(
          404,
          'RoleDefinitionDoesNotExist',
          `The specified role definition with ID '${id.replaceAll('-', '')}' does not exist.`,
        );
      },
    },
  ];
}

/** Without a filter the listing also has what lies below; `atScope()` has what holds here. */
function onlyAtScope(filter: string | null): boolean {
  if (filter === null) return false;
  if (filter.trim().toLowerCase() === 'atscope()') return true;
  throw new ArmError(400, 'UnsupportedQuery', 'The filter is not supported. Supported here: atScope().');
}

function assignmentDocument({ name, principal, principalType, scope, roleId }: Assignment): object {
  return {
    id: `${scope}/providers/${ASSIGNMENTS}/${name}`,
    name,
    type: ASSIGNMENTS,
    properties: {
      roleDefinitionId: `/subscriptions/${groupOf(scope).subscription ?? ''}/providers/${DEFINITIONS}/${roleId}`,
      principalId: principal,
      principalType,
      scope,
      condition: null,
      conditionVersion: null,
      delegatedManagedIdentityResourceId: null,
      description: null,
    },
  };
}

function definitionDocument({ id, name, builtIn, actions, notActions, dataActions }: Role, scope: string): object {
  return {
    id: `${scope}/providers/${DEFINITIONS}/${id}`,
    name: id,
    type: DEFINITIONS,
    properties: {
      roleName: name,
      type: builtIn ? 'BuiltInRole' : 'CustomRole',
      description: '',
      assignableScopes: builtIn ? ['/'] : [scope],
      permissions: [{ actions, notActions, dataActions, notDataActions: [] }],
    },
  };
}
