import { type DatabaseSync } from 'node:sqlite';

const PREFIX = 'Microsoft.KeyVault/vaults/';

/** What a principal may do on a vault (`*`: on all). Actions are data actions, in full or without their common prefix. */
export interface RoleAssignment {
  principal: string;
  vault: string;
  actions: string[];
}

const fullAction = (action: string): string =>
  action.toLowerCase().startsWith(PREFIX.toLowerCase()) || action === '*' ? action : `${PREFIX}${action}`;

function toPattern(action: string): RegExp {
  const escaped = fullAction(action).replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*')}$`, 'i');
}

/** The full name of a data action, for messages. */
export function nameOfAction(action: string): string {
  return `${PREFIX}${action}`;
}

/** Role assignments by data action, kept in the database. An assignment applies at once, without Azure's propagation time. */
export class RoleAssignments {
  readonly #database: DatabaseSync;
  readonly #patterns = new Map<string, { vault: string; patterns: RegExp[] }[]>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#load();
  }

  /** All assignments. */
  all(): RoleAssignment[] {
    const rows = this.#database.prepare('SELECT principal, vault, actions FROM roles ORDER BY principal, vault').all();
    return (rows as unknown as { principal: string; vault: string; actions: string }[]).map((row) => ({
      principal: row.principal,
      vault: row.vault,
      actions: JSON.parse(row.actions) as string[],
    }));
  }

  /** Says all that `principal` may do on `vault`, and replaces what was said before. */
  put({ principal, vault, actions }: RoleAssignment): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO roles (principal, vault, actions) VALUES (?, ?, ?)')
      .run(principal.toLowerCase(), vault.toLowerCase(), JSON.stringify(actions));
    this.#load();
  }

  /** Removes the assignments that match; without a filter, all. */
  remove(filter: { principal?: string | undefined; vault?: string | undefined }): void {
    const statement = this.#database.prepare(
      'DELETE FROM roles WHERE principal = COALESCE(?, principal) AND vault = COALESCE(?, vault)',
    );
    statement.run(filter.principal?.toLowerCase() ?? null, filter.vault?.toLowerCase() ?? null);
    this.#load();
  }

  /** Whether `principal` may do `action` (without the common prefix) on `vault`. */
  allows(principal: string, vault: string, action: string): boolean {
    const assignments = this.#patterns.get(principal.toLowerCase()) ?? [];
    return assignments.some(
      (assignment) =>
        (assignment.vault === '*' || assignment.vault === vault) &&
        assignment.patterns.some((pattern) => pattern.test(nameOfAction(action))),
    );
  }

  #load(): void {
    this.#patterns.clear();
    for (const { principal, vault, actions } of this.all()) {
      const assignments = this.#patterns.get(principal) ?? [];
      assignments.push({ vault, patterns: actions.map(toPattern) });
      this.#patterns.set(principal, assignments);
    }
  }
}
