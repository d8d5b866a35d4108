import { type HousePart } from '../contracts/housekeeping';
import { compactTime } from './ids';

const DAY_MS = 86_400_000;
/** With doubling slices more than ten years; what is older goes with the last. */
const LAST_SLICE = 12;

/** Days for which things are kept. `histories` count from the start of an instance, all else from its end. */
export interface HouseRetention {
  objectRows: number;
  /** Runs and resolved alerts. */
  records: number;
  audit: number;
  histories: number;
}

/** Until when (ISO 8601, exclusive) things of a part have had their time, at `asOf`. */
export function endOfRetention(part: HousePart, asOf: string, retention: HouseRetention): string {
  const days: Record<HousePart, number> = {
    object_rows: retention.objectRows,
    runs: retention.records,
    alerts: retention.records,
    audit: retention.audit,
    histories: retention.histories,
  };
  return new Date(Date.parse(asOf) - days[part] * DAY_MS).toISOString();
}

/**
 * A slice of the time before `until`, the newest first and each as long as all before it: one day, one, two, four and so on, the last without a beginning. A
 * nightly housekeeping finds a day's histories in the first, and what earlier nights missed in the others. `next` is `null` for the last.
 */
export function historySlice(until: string, slice: number): { from: Date; to: Date; next: number | null } {
  const end = Date.parse(until);
  const ageOf = (index: number): number => (index === 0 ? 0 : 2 ** (index - 1) * DAY_MS);
  const isLast = slice >= LAST_SLICE;
  return {
    from: new Date(isLast ? 0 : end - ageOf(slice + 1)),
    // Both ends are inclusive, and the end itself has not had its time.
    to: new Date(end - ageOf(slice) - 1),
    next: isLast ? null : slice + 1,
  };
}

/** The id of the housekeeping that serves an occurrence: a late or doubled timer meets the same one. */
export function houseId(occurrence: Date): string {
  return `house-${compactTime(occurrence)}`;
}
