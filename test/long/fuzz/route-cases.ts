import fc from 'fast-check';
import { type Role, roles } from '../../../src/contracts/callers';
import { contractOf, pathParameters, type RouteName } from '../../../src/contracts/routes';
import { fittingValues, type Known } from './from-schema';
import { hostileBody, hostileHeader, hostileText, hostileValue } from './hostile';

/** One request of the fuzz. Its text in a report is short, whatever it sends. */
export interface RouteCase {
  route: RouteName;
  role: Role;
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
  /** Whether the request still goes to the route, and is no larger than a host takes. */
  isRouted: boolean;
  /** Whether path, query and body fit the route's contract; `undefined` where that cannot be told from outside. */
  fits: boolean | undefined;
}

interface Draft {
  role: Role;
  params: string[];
  query: [string, string][];
  body: unknown;
  headers: [string, string][];
}

/** One thing that is wrong with a request. */
type Twist =
  | { at: 'path'; index: number; raw: string }
  | { at: 'tail'; raw: string }
  | { at: 'method'; method: string }
  | { at: 'query'; key: string; value: string }
  | { at: 'query-value'; index: number; value: string }
  | { at: 'query-twice'; index: number }
  | { at: 'query-raw'; raw: string }
  | { at: 'member'; index: number; value: unknown }
  | { at: 'missing'; index: number }
  | { at: 'extra'; key: string; value: unknown }
  | { at: 'body'; body: string | Buffer }
  | { at: 'header'; header: [string, string] };

const index = fc.nat({ max: 30 });
const PATH_TEXTS = [
  '%2F',
  '..%2F..%2Fetc%2Fpasswd',
  '%2e%2e',
  '%252e%252e',
  '%00',
  '%zz',
  '%ff',
  '%',
  '%5c..',
  '.',
  '..',
  '*',
  '%20',
];
const pathText = fc.oneof(
  fc.constantFrom(...PATH_TEXTS),
  hostileText.map((text) => encodeURIComponent(wellFormed(text))),
);

const twist: fc.Arbitrary<Twist> = fc.oneof(
  fc.record({ at: fc.constant('path' as const), index, raw: pathText }),
  fc.record({
    at: fc.constant('tail' as const),
    raw: fc.oneof(fc.constantFrom('/', '//', '/..', ';x=1', '/%2e%2e/runs'), pathText),
  }),
  fc.record({
    at: fc.constant('method' as const),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'),
  }),
  fc.record({ at: fc.constant('query' as const), key: hostileText, value: hostileText }),
  fc.record({ at: fc.constant('query-value' as const), index, value: hostileText }),
  fc.record({ at: fc.constant('query-twice' as const), index }),
  fc.record({
    at: fc.constant('query-raw' as const),
    raw: fc.constantFrom('&', '=', '%', '%zz=1', 'limit', 'limit=', 'limit[]=1', 'a'.repeat(9_000)),
  }),
  fc.record({ at: fc.constant('member' as const), index, value: hostileValue }),
  fc.record({ at: fc.constant('missing' as const), index }),
  fc.record({ at: fc.constant('extra' as const), key: hostileText, value: hostileValue }),
  fc.record({ at: fc.constant('body' as const), body: hostileBody }),
  fc.record({ at: fc.constant('header' as const), header: hostileHeader }),
);

/** Requests to a route: as its contract wants them, and with up to three things wrong. */
export function casesOf(route: RouteName, known: Known): fc.Arbitrary<RouteCase> {
  const { query, body, roles: allowed, path } = contractOf(route);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof pathParameters);
  const draft: fc.Arbitrary<Draft> = fc.record({
    // Most cases come from somebody who may call, or nothing behind the door would be met.
    role: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...(allowed === 'anonymous' ? roles : allowed)) },
      fc.constantFrom(...roles),
    ),
    params: fc.tuple(...names.map((name) => paramsOf(name, known))),
    query: query === undefined ? fc.constant([]) : fittingValues(query, known).map(asQuery),
    body: body === undefined ? fc.constantFrom(undefined, {}) : fittingValues(body, known),
    headers: fc.array(knownHeader, { maxLength: 2 }),
  });
  const twists = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(twist, { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(draft, twists).map(([drafted, wrong]) => toCase(route, drafted, wrong));
}

/** `LATEST` stands for the last entity tag that an answer held. */
const knownHeader: fc.Arbitrary<[string, string]> = fc.constantFrom(
  ['if-match', 'LATEST'],
  ['if-none-match', '*'],
  ['x-reason', 'because'],
  ['x-correlation-id', 'fuzz-correlation-0001'],
);

function paramsOf(name: keyof typeof pathParameters, known: Known): fc.Arbitrary<string> {
  return fittingValues(pathParameters[name], { '': known[name] }).map((value) => encodeURIComponent(String(value)));
}

function asQuery(values: unknown): [string, string][] {
  return Object.entries(values as object).map(([key, value]) => [key, String(value)]);
}

function toCase(route: RouteName, draft: Draft, twists: readonly Twist[]): RouteCase {
  const contract = contractOf(route);
  const given = structuredClone(draft);
  const raw = { tail: '', query: '', method: contract.method as string };
  let body: string | Buffer | undefined;
  let readable = true;
  for (const one of twists) {
    if (one.at === 'tail') raw.tail += one.raw;
    else if (one.at === 'method') raw.method = one.method;
    else if (one.at === 'query-raw') raw.query += `&${one.raw}`;
    else if (one.at === 'body') body = one.body;
    else if (one.at === 'header') given.headers.push(one.header);
    else twistDraft(given, one);
  }
  readable = body === undefined && raw.query === '' && !given.headers.some(([name]) => name === 'content-type');
  body ??= given.body === undefined ? undefined : JSON.stringify(given.body);
  const path = given.params.reduce((text, value) => text.replace(/\{\w+\}/, () => value), contract.path);
  const query = [
    ...given.query.map((pair) => pair.map((text) => encodeURIComponent(wellFormed(text))).join('=')),
    raw.query,
  ]
    .filter((text) => text !== '')
    .join('&');
  const headers = Object.fromEntries([['content-type', 'application/json'], ...given.headers]) as Record<
    string,
    string
  >;
  const touched = new Set(twists.map(({ at }) => at));
  const isLarge = Object.values(headers).some(({ length }) => length > 8_000) || query.length > 8_000;
  return described({
    ...{ route, role: draft.role, method: raw.method, headers, body },
    target: `/api/${path}${raw.tail}${query === '' ? '' : `?${query}`}`,
    isRouted: !isLarge && !['path', 'tail', 'method'].some((at) => touched.has(at as Twist['at'])),
    fits: readable ? doesFit(route, given) : undefined,
  });
}

function twistDraft(draft: Draft, one: Twist): void {
  if (one.at === 'path' && draft.params.length > 0) draft.params[one.index % draft.params.length] = one.raw;
  if (one.at === 'query') draft.query.push([one.key, one.value]);
  const pair = 'index' in one ? draft.query[one.index % Math.max(1, draft.query.length)] : undefined;
  if (one.at === 'query-value' && pair) pair[1] = one.value;
  if (one.at === 'query-twice' && pair) draft.query.push([...pair]);
  if (one.at === 'extra' && draft.body !== undefined) setMember(draft.body as object, one.key, one.value);
  if (one.at !== 'member' && one.at !== 'missing') return;
  const places = placesIn(draft.body);
  const place = places[one.index % Math.max(1, places.length)];
  if (place === undefined) return;
  if (one.at === 'member') setMember(place.of, place.key, one.value);
  else if (Array.isArray(place.of)) place.of.splice(Number(place.key), 1);
  else Reflect.deleteProperty(place.of, place.key);
}

/** Defined, not assigned, so that `__proto__` is a member like any other. */
function setMember(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function placesIn(value: unknown): { of: object; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [{ of: value, key }, ...placesIn(member)]);
}

function doesFit(route: RouteName, { query, body }: Draft): boolean {
  const contract = contractOf(route);
  const keys = query.map(([key]) => wellFormed(key));
  if (new Set(keys).size < keys.length) return false;
  const asked = Object.fromEntries(query.map((pair) => pair.map((text) => wellFormed(text)) as [string, string]));
  const sent: unknown = body === undefined ? {} : JSON.parse(JSON.stringify(body));
  const fitsQuery = contract.query?.safeParse(asked).success ?? keys.length === 0;
  // Functions hosts drop the body of a GET before the app sees it.
  if (contract.method === 'GET') return fitsQuery;
  return fitsQuery && (contract.body?.safeParse(sent).success ?? Object.keys(sent as object).length === 0);
}

function described(one: RouteCase): RouteCase {
  const short = (text: string): string =>
    text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
  const text = (): string =>
    short(`${one.role}: ${one.method} ${one.target}`) +
    short(` ${JSON.stringify(one.headers)}`) +
    (one.body === undefined ? '' : short(` ${JSON.stringify(one.body.toString())}`));
  return Object.defineProperty(one, fc.toStringMethod, { value: text });
}

/** Without lone surrogates, which no URL can hold. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
