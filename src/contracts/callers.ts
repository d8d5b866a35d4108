/**
 * The app roles of the API, as the app registration declares them and Entra ID writes them into tokens. They do not include one another:
 * a route names every role that will do.
 */
export const roles = [
  'Strongroom.Reader',
  'Strongroom.Operator',
  'Strongroom.Restorer',
  'Strongroom.Approver',
  'Strongroom.Admin',
] as const;
export type Role = (typeof roles)[number];

/** Who calls, as the verified token says. */
export interface Caller {
  /** Object id of the person or the service principal: who it is, for good. A GUID. */
  objectId: string;
  /** What the token calls a person. For display alone: it may change and is not unique, so nothing is decided by it and it is not stored. */
  name: string | null;
  /** Client id of the application that asked for the token. A GUID. */
  appId: string;
  tenantId: string;
  /** Roles of other names are left out. */
  roles: readonly Role[];
}
