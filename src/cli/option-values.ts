import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { runIdSchema } from '../contracts/runs';

const isoTime = z.iso.datetime({ offset: true, local: true });

/** A point in time: ISO 8601; without an offset it is UTC, and a mere date is its midnight in UTC. Becomes `YYYY-MM-DDTHH:MM:SS.sssZ`. */
export function parseTime(text: string): string {
  const complete = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text.replace(' ', 'T');
  if (!isoTime.safeParse(complete).success) {
    throw new InvalidArgumentError('Give a time in UTC, like 2026-11-22 or 2026-11-22T02:00:00Z.');
  }
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(complete) ? complete : `${complete}Z`;
  return new Date(zoned).toISOString();
}

/** How many items to list. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidArgumentError('Give a whole number of at least 1.');
  }
  return limit;
}

/** Id of a run or of the snapshot that it stored; both look alike. */
export function parseId(text: string): string {
  if (!runIdSchema.safeParse(text).success) {
    throw new InvalidArgumentError('An id looks like 20261122T020000Z-1f0c9a7e55d1.');
  }
  return text;
}

/** JWK thumbprint of a recipient. */
export function parseThumbprint(text: string): string {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) {
    throw new InvalidArgumentError('A thumbprint has 43 characters; `strongroom recipients list` shows them.');
  }
  return text;
}

/** Collects the values of an option that may be given several times and take several values. */
export function collectNames(name: string, previous: readonly string[] | undefined): readonly string[] {
  if (name.trim() === '') throw new InvalidArgumentError('A name must not be empty.');
  return [...(previous ?? []), name];
}

/** Days of a retention policy, as Azure takes them. */
export function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > 146_000) {
    throw new InvalidArgumentError('Give a whole number of days from 1 to 146000.');
  }
  return days;
}

/** The tag of a legal hold. */
export function parseHoldTag(text: string): string {
  if (!/^[0-9A-Za-z]{3,23}$/.test(text)) throw new InvalidArgumentError('A tag has 3 to 23 letters and digits.');
  return text;
}
