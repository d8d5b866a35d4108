import { z } from 'zod';
import {
  exclusionSchema,
  listDecisionsSchema,
  startPruneSchema,
  listObjectsSchema,
  listRunsSchema,
  listSnapshotsSchema,
  startBackupSchema,
} from './api';
import { listAlertsSchema, resolveAlertSchema } from './alerts';
import { listAuditSchema } from './audit';
import { type Caller, type Role, roles } from './callers';
import { planSchema } from './plans';
import { runIdSchema } from './runs';
import { introduceSigningKeySchema, recipientDecisionSchema } from './trust';

/** What a route promises, and what it asks for before its handler sees anything. */
interface RouteContract {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/`. Each `{name}` is a member of {@link pathParameters}. */
  path: string;
  /** Who may call: any one of these roles will do. */
  roles: readonly [Role, ...Role[]] | 'anonymous';
  /** The query parameters; a route without has none. */
  query?: z.ZodType;
  /** The body, as JSON; a route without takes none, or `{}`. */
  body?: z.ZodType;
}

const readers = roles;
const operators = ['Strongroom.Operator', 'Strongroom.Admin'] as const;
const approvers = ['Strongroom.Approver', 'Strongroom.Admin'] as const;
const admins = ['Strongroom.Admin'] as const;

/**
 * Every HTTP route of the app. The one place where a route gets its path, its roles and the shape of what it takes: registration, the check of
 * the caller, docs/api.md and the tests all follow this table. `health` alone is for anybody.
 */
export const routes = {
  health: { method: 'GET', path: 'health', roles: 'anonymous' },
  showCaller: { method: 'GET', path: 'me', roles: readers },
  startBackup: { method: 'POST', path: 'backups', roles: operators, body: startBackupSchema },
  listRuns: { method: 'GET', path: 'runs', roles: readers, query: listRunsSchema },
  getRun: { method: 'GET', path: 'runs/{id}', roles: readers },
  listRunObjects: { method: 'GET', path: 'runs/{id}/objects', roles: readers, query: listObjectsSchema },
  cancelRun: { method: 'POST', path: 'runs/{id}/cancel', roles: operators },
  listDecisions: { method: 'GET', path: 'runs/{id}/decisions', roles: readers, query: listDecisionsSchema },
  startPrune: { method: 'POST', path: 'prune', roles: operators, body: startPruneSchema },
  listSnapshots: { method: 'GET', path: 'snapshots', roles: readers, query: listSnapshotsSchema },
  listAlerts: { method: 'GET', path: 'alerts', roles: readers, query: listAlertsSchema },
  getAlert: { method: 'GET', path: 'alerts/{id}', roles: readers },
  resolveAlert: { method: 'POST', path: 'alerts/{id}/resolve', roles: operators, body: resolveAlertSchema },
  testAlerts: { method: 'POST', path: 'alerts/test', roles: operators },
  listAudit: { method: 'GET', path: 'audit', roles: readers, query: listAuditSchema },
  listRecipients: { method: 'GET', path: 'recipients', roles: readers },
  approveRecipient: {
    method: 'POST',
    path: 'recipients/{thumbprint}/approval',
    roles: approvers,
    body: recipientDecisionSchema,
  },
  revokeRecipient: {
    method: 'POST',
    path: 'recipients/{thumbprint}/revocation',
    roles: approvers,
    body: recipientDecisionSchema,
  },
  showSigningKey: { method: 'GET', path: 'signing-key', roles: readers },
  introduceSigningKey: {
    method: 'POST',
    path: 'signing-key/introduction',
    roles: ['Strongroom.Admin'],
    body: introduceSigningKeySchema,
  },
  listPlans: { method: 'GET', path: 'plans', roles: readers },
  getPlan: { method: 'GET', path: 'plans/{vault}', roles: readers },
  putPlan: { method: 'PUT', path: 'plans/{vault}', roles: admins, body: planSchema },
  deletePlan: { method: 'DELETE', path: 'plans/{vault}', roles: admins },
  excludeSnapshot: { method: 'POST', path: 'snapshots/{id}/exclude', roles: admins, body: exclusionSchema },
  includeSnapshot: { method: 'POST', path: 'snapshots/{id}/include', roles: admins, body: exclusionSchema },
  showArchive: { method: 'GET', path: 'archive', roles: readers },
  auditArchive: { method: 'POST', path: 'archive/audit', roles: operators },
  getSnapshot: { method: 'GET', path: 'snapshots/{id}', roles: readers },
} as const satisfies Record<string, RouteContract>;

type Routes = typeof routes;
export type RouteName = keyof Routes;

/**
 * What may stand in a path, by the parameter's name. Nothing that fits can leave its place in a table key, a blob path or a URL: letters, digits,
 * hyphens and underscores only.
 */
export const pathParameters = {
  /** Of a run, a snapshot or an alert. */
  id: runIdSchema,
  /** Short name of a vault. */
  vault: z
    .string()
    .regex(/^[0-9A-Za-z](?:-?[0-9A-Za-z]){2,23}$/)
    .toLowerCase(),
  /** JWK thumbprint of a recipient. */
  thumbprint: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
};

type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

/** The parameters in a route's path, valid by {@link pathParameters}. */
export type PathParameters<N extends RouteName> = {
  [K in ParameterOf<Routes[N]['path']>]: z.infer<(typeof pathParameters)[K]>;
};

/** A route's query parameters, as its schema gives them. */
export type QueryOf<N extends RouteName> = Routes[N] extends { query: infer S extends z.ZodType } ? z.infer<S> : object;

/** A route's body, as its schema gives it. */
export type BodyOf<N extends RouteName> = Routes[N] extends { body: infer S extends z.ZodType } ? z.infer<S> : object;

/** Who calls a route; nobody is known where anybody may call. */
export type CallerOf<N extends RouteName> = Routes[N]['roles'] extends 'anonymous' ? undefined : Caller;

/** The contract of a route, by name. */
export function contractOf(name: RouteName): RouteContract {
  return routes[name];
}
