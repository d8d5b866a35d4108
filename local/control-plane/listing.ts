import { type JsonAnswer } from '../http/json-server';
import { type ArmRequest } from './arm-operation';
import { ArmError } from './arm-error';

/** Small, so that whoever forgets to follow `nextLink` is found out. */
const PAGE_SIZE = 3;

/** One page of a listing, with a `nextLink` on the host that was asked if there is more. */
export function armPage({ url, query }: ArmRequest, items: readonly object[]): JsonAnswer {
  const start = Number(query.get('$skiptoken') ?? 0);
  if (!Number.isInteger(start) || start < 0) {
    throw new ArmError(400, 'InvalidSkipToken', 'The skiptoken of the request is not valid.');
  }
  const end = start + PAGE_SIZE;
  const value = items.slice(start, end);
  if (end >= items.length) return { status: 200, body: { value } };
  const next = new URL(url);
  next.searchParams.set('$skiptoken', String(end));
  return { status: 200, body: { value, nextLink: next.href } };
}
