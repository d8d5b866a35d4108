import { type DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { DEFAULT_TENANT_ID } from '../identity/principals';

/** The limits of Key Vault per vault and ten seconds, in units of cost. Numbers override them, for rehearsals. */
const limits = z.strictObject({
  enabled: z.boolean().default(true),
  /** Secrets and the vault itself. */
  vault: z.int().positive().default(4000),
  /** Keys, weighed by kind and size: an operation with an RSA-2048 key costs 1, with an RSA-4096 key 8. */
  keys: z.int().positive().default(4000),
  /** Creating secrets, importing keys and certificates, together. */
  createOrImport: z.int().positive().default(300),
  createKey: z.int().positive().default(20),
});

/** For how many milliseconds an object is between two states. */
const transitions = z.strictObject({
  deletedMs: z.int().nonnegative().default(100),
  recoveredMs: z.int().nonnegative().default(100),
  /** How long a name stays taken after a purge, while every GET says 404. */
  purgedMs: z.int().nonnegative().default(1000),
  /** How long it takes until a certificate is issued. */
  issuedMs: z.int().nonnegative().default(100),
});

/** What the control plane knows of a vault. */
export const vaultSettings = z.strictObject({
  subscriptionId: z.string().min(1),
  geography: z.string().min(1),
  region: z.string().min(1).default('westeurope'),
  resourceGroup: z.string().min(1).default('strongroom'),
  tenantId: z.guid().default(DEFAULT_TENANT_ID),
  purgeProtection: z.boolean().default(false),
  softDeleteDays: z.int().min(7).max(90).default(90),
  limits: limits.prefault({}),
  transitions: transitions.prefault({}),
});

export type VaultSettings = z.infer<typeof vaultSettings>;

/** A vault by its lower-case name. `url` is its real address, which ids and links carry. */
export interface Vault extends VaultSettings {
  name: string;
  url: string;
}

const VAULT_NAME = /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/;
const VAULT_HOST = /^([a-z0-9-]{3,24})\.vault\.azure\.net(?::\d+)?$/i;

/** The name of the vault that a Host header asks for, or undefined if it names none. Managed HSM hosts name none. */
export function vaultNameOf(host: string | undefined): string | undefined {
  return VAULT_HOST.exec(host ?? '')?.[1]?.toLowerCase();
}

/** Whether Azure would take `name` for a vault. */
export function isVaultName(name: string): boolean {
  return VAULT_NAME.test(name.toLowerCase());
}

/** The vaults that exist, kept in the database and in memory. */
export class VaultRegistry {
  readonly #vaults = new Map<string, Vault>();
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const rows = database.prepare('SELECT name, settings FROM vaults').all() as { name: string; settings: string }[];
    for (const row of rows) this.#remember(row.name, vaultSettings.parse(JSON.parse(row.settings)));
  }

  /** The vault of that name, in any case, or undefined. */
  get(name: string): Vault | undefined {
    return this.#vaults.get(name.toLowerCase());
  }

  /** All vaults by name. */
  all(): Vault[] {
    return [...this.#vaults.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Creates the vault, or replaces its settings. */
  put(name: string, settings: VaultSettings): Vault {
    const key = name.toLowerCase();
    this.#database
      .prepare(
        'INSERT INTO vaults (name, settings) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET settings = excluded.settings',
      )
      .run(key, JSON.stringify(settings));
    return this.#remember(key, settings);
  }

  /** Forgets the vault; its objects are the object store's to remove. */
  remove(name: string): void {
    this.#database.prepare('DELETE FROM vaults WHERE name = ?').run(name.toLowerCase());
    this.#vaults.delete(name.toLowerCase());
  }

  #remember(name: string, settings: VaultSettings): Vault {
    const vault = { ...settings, name, url: `https://${name}.vault.azure.net` };
    this.#vaults.set(name, vault);
    return vault;
  }
}
