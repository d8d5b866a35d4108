import { type DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

/** The tenant of everything that names none. */
export const DEFAULT_TENANT_ID = '7a8d5c1e-2f64-4b0b-9d3a-51c0ffee0001';

/** The identity that a caller without a `client_id` gets, until another one is made the default. */
const DEFAULT_PRINCIPAL_OID = '7a8d5c1e-2f64-4b0b-9d3a-51c0ffee0002';

/** A managed identity or another caller. */
export const principalSettings = z.strictObject({
  clientId: z.guid(),
  name: z.string().min(1),
  /** App roles, which appear in tokens for APIs. */
  roles: z.array(z.string().min(1)).default([]),
  tenantId: z.guid().default(DEFAULT_TENANT_ID),
  /** Whether a token request without `client_id` gets this one. Making one the default takes that from the others. */
  default: z.boolean().default(false),
});

export type PrincipalSettings = z.infer<typeof principalSettings>;

/** A principal by its object id. */
export interface Principal extends PrincipalSettings {
  oid: string;
}

/** The registered principals, kept in the database. */
export class Principals {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    if (this.all().length === 0) {
      this.put(DEFAULT_PRINCIPAL_OID, {
        clientId: '7a8d5c1e-2f64-4b0b-9d3a-51c0ffee0003',
        name: 'default',
        roles: [],
        tenantId: DEFAULT_TENANT_ID,
        default: true,
      });
    }
  }

  /** All principals by object id. */
  all(): Principal[] {
    const rows = this.#database.prepare('SELECT oid, settings FROM principals ORDER BY oid').all();
    return (rows as unknown as { oid: string; settings: string }[]).map((row) => ({
      oid: row.oid,
      ...principalSettings.parse(JSON.parse(row.settings)),
    }));
  }

  /** Registers the principal, or replaces what was registered. */
  put(oid: string, settings: PrincipalSettings): Principal {
    if (settings.default) for (const other of this.all()) this.#write(other.oid, { ...other, default: false });
    this.#write(oid.toLowerCase(), settings);
    return { oid: oid.toLowerCase(), ...settings };
  }

  /** The principal of that client id, or the default one without a client id; undefined if there is none. */
  find(clientId: string | undefined): Principal | undefined {
    if (clientId === undefined) return this.all().find((principal) => principal.default);
    return this.all().find((principal) => principal.clientId.toLowerCase() === clientId.toLowerCase());
  }

  /** The principal of that object id. */
  get(oid: string): Principal | undefined {
    return this.all().find((principal) => principal.oid === oid.toLowerCase());
  }

  #write(oid: string, settings: PrincipalSettings): void {
    const { clientId, name, roles, tenantId } = settings;
    this.#database
      .prepare('INSERT OR REPLACE INTO principals (oid, settings) VALUES (?, ?)')
      .run(oid, JSON.stringify({ clientId, name, roles, tenantId, default: settings.default }));
  }
}
