import { type ListPage } from '../pages';
import { printLines, type Session } from '../session';

/** How many items are listed when nobody says how many: as the API does. */
export const DEFAULT_LIMIT = 25;

/** How many items a listing is to have. */
export function wanted({ limit, all }: { limit?: number; all?: boolean }): number {
  return all === true ? Number.POSITIVE_INFINITY : (limit ?? DEFAULT_LIMIT);
}

/** Prints a table, or that there is nothing; and whether there is more. */
export function printListing(session: Session, page: ListPage<unknown>, what: string, table: readonly string[]): void {
  if (page.items.length === 0) printLines(session, [`No such ${what}s.`]);
  else printLines(session, table);
  if (page.continuation !== null) {
    printLines(session, ['', session.paint.dim('There are more: --limit N for N of them, --all for all.')]);
  }
}
