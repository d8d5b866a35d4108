import { StrongroomError } from '../errors';
import { type StoredRow } from './ledger-table';
import { type Page } from './port';

/** Lists one range of rows in pages that a stranger may ask for, each going on after a row that the continuation names. */
export interface Listing<T> {
  /** Names what is listed. A continuation of another listing is refused. */
  scope: string;
  /** What a row key looks like here. */
  rowKey: RegExp;
  /** Rows after that key (`''`: from the start), in order. */
  rows: (after: string, pageSize: number) => AsyncIterable<StoredRow[]>;
  /** What the rows stand for, one for one; `undefined` leaves a row out. */
  resolve: (rows: StoredRow[]) => Promise<(T | undefined)[]>;
}

/** One page of a listing. `invalid_request` if the continuation is not one of this listing. */
export async function listPage<T>(
  listing: Listing<T>,
  limit: number,
  continuation: string | undefined,
): Promise<Page<T>> {
  const found: { rowKey: string; item: T }[] = [];
  // One more than asked for tells whether there is a next page.
  for await (const rows of listing.rows(afterKey(listing, continuation), limit + 1)) {
    const items = await listing.resolve(rows);
    rows.forEach(({ rowKey }, index) => {
      const item = items[index];
      if (item !== undefined) found.push({ rowKey, item });
    });
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ item }) => item),
    continuation: last === undefined ? null : continuationAfter(listing.scope, last.rowKey),
  };
}

function continuationAfter(scope: string, after: string): string {
  return Buffer.from(JSON.stringify({ scope, after })).toString('base64url');
}

function afterKey(
  { scope, rowKey }: Pick<Listing<unknown>, 'scope' | 'rowKey'>,
  continuation: string | undefined,
): string {
  if (continuation === undefined) return '';
  const token = parsed(continuation);
  if (token.scope === scope && typeof token.after === 'string' && rowKey.test(token.after)) return token.after;
  throw new StrongroomError(
    'invalid_request',
    'This continuation does not belong to this listing. Begin again without it.',
  );
}

function parsed(continuation: string): { scope?: unknown; after?: unknown } {
  try {
    const token: unknown = JSON.parse(Buffer.from(continuation, 'base64url').toString());
    return typeof token === 'object' && token !== null ? token : {};
  } catch {
    return {};
  }
}
