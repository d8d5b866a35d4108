import { badParameter } from '../key-vault-error';
import { type Call } from './operation';

/** Key Vault's largest page. */
const MAX_PAGE = 25;

/** One page as the API returns it. */
export interface Page {
  value: object[];
  nextLink: string | null;
}

function pageSize(query: URLSearchParams): number {
  const given = query.get('maxresults');
  if (given === null) return MAX_PAGE;
  const size = Number(given);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE)
    throw badParameter(`maxresults must be from 1 to ${MAX_PAGE}.`);
  return size;
}

function startOf(query: URLSearchParams): string {
  const token = query.get('$skiptoken');
  if (token === null) return '';
  const start = Buffer.from(token, 'base64url').toString();
  if (!/^[0-9a-z-]+$/.test(start)) throw badParameter('The $skiptoken is not valid.');
  return start;
}

/**
 * One page of a listing. `load` returns up to so many entries after a key, in the order of keys. The link to the next page is on
 * the vault's real host, whatever address the request was sent to.
 */
export function pageOf<Entry>(
  call: Call,
  path: string,
  load: (after: string, limit: number) => Entry[],
  view: { keyOf(entry: Entry): string; item(entry: Entry): object },
): Page {
  const size = pageSize(call.query);
  const entries = load(startOf(call.query), size + 1);
  const shown = entries.slice(0, size);
  const last = shown.at(-1);
  const more = entries.length > size && last !== undefined;
  return { value: shown.map((entry) => view.item(entry)), nextLink: more ? linkAfter(view.keyOf(last)) : null };

  function linkAfter(key: string): string {
    const version = encodeURIComponent(call.query.get('api-version') ?? '');
    const token = Buffer.from(key.toLowerCase()).toString('base64url');
    return `${call.vault.url}/${path}?api-version=${version}&$skiptoken=${token}&maxresults=${size}`;
  }
}
