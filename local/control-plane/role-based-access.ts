import { createHash } from 'node:crypto';
import { z } from 'zod';
import { JsonRefusal } from '../http/json-refusal';
import { type DocumentStore } from './store';
import { isWithin } from './resource-path';

/** A role: what its holders may do on the control plane, with `*` as a wildcard. */
export const roleDefinition = z.strictObject({
  name: z.string().min(1),
  id: z.guid().exactOptional(),
  actions: z.array(z.string().min(1)).default([]),
  notActions: z.array(z.string().min(1)).default([]),
  dataActions: z.array(z.string().min(1)).default([]),
});

/** An assignment as it is asked for: `role` is the role's name. */
export const assignmentRequest = z.strictObject({
  principal: z.guid(),
  scope: z.string().startsWith('/'),
  role: z.string().min(1),
  principalType: z.enum(['User', 'Group', 'ServicePrincipal']).default('ServicePrincipal'),
});

/** A role as it is kept. */
export interface Role extends z.infer<typeof roleDefinition> {
  id: string;
  builtIn: boolean;
}

/** Who holds a role where. */
export interface Assignment {
  /** A GUID, made from the rest. */
  name: string;
  principal: string;
  principalType: string;
  scope: string;
  roleId: string;
}

const builtIn = (id: string, name: string, actions: string[], rest: Partial<Role> = {}): Role => ({
  id,
  name,
  actions,
  notActions: [],
  dataActions: [],
  ...rest,
  builtIn: true,
});

// The ids are those of Azure.
const BUILT_IN: readonly Role[] = [
  builtIn('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner', ['*']),
  builtIn('b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor', ['*'], {
    notActions: ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write'],
  }),
  builtIn('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader', ['*/read']),
  builtIn('17d1049b-9a84-46fb-8f53-869881c3d3ab', 'Storage Account Contributor', [
    'Microsoft.Authorization/*/read',
    'Microsoft.Insights/diagnosticSettings/*',
    'Microsoft.Storage/storageAccounts/*',
  ]),
  builtIn('4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User', [], {
    dataActions: [
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
      'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
    ],
  }),
];

/** Roles and who holds them, kept in the store. An assignment applies at once, without Azure's propagation time. */
export class RoleBasedAccess {
  readonly #store: DocumentStore;

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** All roles: Azure's own that matter here, and those that were defined. */
  roles(): Role[] {
    return [...BUILT_IN, ...this.#store.all('roles').map(({ document }) => document as Role)];
  }

  /** The role of that id. */
  role(id: string): Role | undefined {
    return this.roles().find((role) => role.id === id.toLowerCase());
  }

  /** Defines a role, or replaces what was said of it. */
  define(definition: z.infer<typeof roleDefinition>): Role {
    const role = {
      ...definition,
      id: (definition.id ?? guidOf(`role ${definition.name}`)).toLowerCase(),
      builtIn: false,
    };
    this.#store.put('roles', role.id, role);
    return role;
  }

  /** All assignments. */
  assignments(): Assignment[] {
    return this.#store.all('assignments').map(({ document }) => document as Assignment);
  }

  /** Gives a role to a principal at a scope. Twice is once. */
  assign({ principal, scope, role: name, principalType }: z.infer<typeof assignmentRequest>): Assignment {
    const role = this.roles().find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (role === undefined) throw new JsonRefusal(404, 'unknown_role', `There is no role "${name}".`);
    const assignment = {
      name: guidOf(`${principal} ${scope} ${role.id}`.toLowerCase()),
      principal: principal.toLowerCase(),
      principalType,
      scope,
      roleId: role.id,
    };
    this.#store.put('assignments', assignment.name, assignment);
    return assignment;
  }

  /** Takes assignments away: those of a principal, or all. */
  revoke(principal: string | undefined): void {
    for (const assignment of this.assignments())
      if (principal === undefined || assignment.principal === principal.toLowerCase())
        this.#store.remove('assignments', assignment.name);
  }

  /** Whether the principal may do `action` at `scope`. */
  allows(principal: string, action: string, scope: string): boolean {
    return this.assignments().some((assignment) => {
      if (assignment.principal !== principal || !isWithin(scope, assignment.scope)) return false;
      const { actions = [], notActions = [] } = this.role(assignment.roleId) ?? {};
      return actions.some(covers(action)) && !notActions.some(covers(action));
    });
  }
}

function covers(action: string): (pattern: string) => boolean {
  return (pattern) => {
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${escaped}$`, 'i').test(action);
  };
}

/** The same GUID for the same text. */
function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
