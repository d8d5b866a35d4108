import { StrongroomError } from '../errors';
import { timeOfRun } from '../domain/ids';
import { runIdSchema } from '../contracts/runs';

// Table Storage sorts by row key, ascending, and only so. Ten digits of seconds last until the year 2286.
const LAST_SECOND = 9_999_999_999;

/** The partition that holds all records of runs or snapshots. No vault can be called so. */
export const ALL = '$all';

/** What the row key of a run or snapshot looks like. */
export const TIMED_KEY = /^\d{10}-\d{8}T\d{6}Z-[0-9a-f]{12}$/;

/** The row key of a run or snapshot, by its id alone: ascending keys are newest first. `undefined` if this is no such id. */
export function timedKey(id: string): string | undefined {
  if (!runIdSchema.safeParse(id).success) return undefined;
  const milliseconds = timeOfRun(id).getTime();
  return Number.isNaN(milliseconds) ? undefined : `${inverted(milliseconds / 1_000)}-${id}`;
}

/** What the row key of an event looks like. */
export const EVENT_KEY = /^\d{10}-[0-9a-z.-]{1,100}$/;

/** The row key of an event at `time` (ISO 8601): ascending keys are newest first, those of one second by what follows. */
export function eventKey(time: string, rest: string): string {
  const milliseconds = Date.parse(time);
  const fraction = String(999 - (milliseconds % 1_000)).padStart(3, '0');
  return `${inverted(Math.floor(milliseconds / 1_000))}-${fraction}-${rest}`;
}

/** As `timedKey`, for an id of the app's own making. */
export function requiredTimedKey(id: string): string {
  const key = timedKey(id);
  if (key === undefined) throw new StrongroomError('internal_error', 'A record has an id that is none.');
  return key;
}

/**
 * The part of a filter for ids of `from` (inclusive) until `until` (exclusive), ISO 8601, by the second that the id carries; `invalid_request` if that is no time.
 */
export function timeRange(from: string | undefined, until: string | undefined): string[] {
  return [
    ...(until === undefined ? [] : [`RowKey ge '${inverted(secondsOf(until) - 1)}'`]),
    ...(from === undefined ? [] : [`RowKey lt '${inverted(secondsOf(from) - 1)}'`]),
  ];
}

/** Whether this can be the short name of a vault at all; nothing else is worth asking the table for. */
export function isShortName(name: string): boolean {
  return /^[0-9A-Za-z-]{1,127}$/.test(name);
}

function secondsOf(time: string): number {
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) throw new StrongroomError('invalid_request', 'This is no time in ISO 8601.');
  return Math.ceil(milliseconds / 1_000);
}

function inverted(seconds: number): string {
  return String(Math.min(Math.max(LAST_SECOND - seconds, 0), LAST_SECOND)).padStart(10, '0');
}
