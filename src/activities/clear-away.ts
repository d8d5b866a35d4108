import { type HousePart } from '../contracts/housekeeping';
import { endOfRetention, historySlice, type HouseRetention } from '../domain/housekeeping';
import { type Cleaned, type LedgerCleaning, type Portion } from '../ledger/port-cleaning';
import { type ActivityHandler } from './handler';

const ROWS_AT_ONCE = 2_000;

/**
 * Removes a portion of what has had its time: rows of the ledger, or histories of a slice of time. May run twice, and beside itself: what is gone is not
 * found again. Needs Storage Table Data Contributor on the ledger.
 */
export function createClearAway({
  cleaning,
  retention,
}: {
  cleaning: LedgerCleaning;
  retention: HouseRetention;
}): ActivityHandler<'clearAway'> {
  const ofLedger: Record<Exclude<HousePart, 'histories'>, (portion: Portion) => Promise<Cleaned>> = {
    object_rows: (portion) => cleaning.objectRows(portion),
    runs: (portion) => cleaning.runs(portion),
    alerts: (portion) => cleaning.alerts(portion),
    audit: (portion) => cleaning.audit(portion),
  };
  return async ({ part, asOf, after }, { orchestrations }) => {
    const until = endOfRetention(part, asOf, retention);
    if (part !== 'histories') return ofLedger[part]({ until, after, limit: ROWS_AT_ONCE });
    const { from, to, next } = historySlice(until, after === '' ? 0 : Number(after));
    return { removed: await orchestrations().forgetEnded(from, to), next: next === null ? null : String(next) };
  };
}
