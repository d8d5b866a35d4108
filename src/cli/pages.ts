/** One page of a listing. */
export interface ListPage<T> {
  items: T[];
  /** Opaque; `null` on the last page. */
  continuation: string | null;
}

/** What the API gives at most in one answer. */
const LARGEST_PAGE = 200;

/**
 * Reads page after page until `wanted` items are there or the listing ends. `continuation` of the result is where the rest begins.
 * @param wanted `Infinity` for everything.
 */
export async function readPages<T>(
  wanted: number,
  readPage: (limit: number, continuation: string | undefined) => Promise<ListPage<T>>,
): Promise<ListPage<T>> {
  const items: T[] = [];
  let continuation: string | null = null;
  do {
    const page: ListPage<T> = await readPage(
      Math.min(LARGEST_PAGE, wanted - items.length),
      continuation === null ? undefined : continuation,
    );
    items.push(...page.items);
    continuation = page.continuation;
  } while (continuation !== null && items.length < wanted);
  return { items, continuation };
}
