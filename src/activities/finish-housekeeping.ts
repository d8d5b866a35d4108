import { type Alerts } from '../alerts/port';
import { type HousePart } from '../contracts/housekeeping';
import { type ActivityHandler } from './handler';

/**
 * Logs what a housekeeping removed, raises an alert for each part that it could not finish, and clears that of the others. May run twice: a housekeeping counts
 * once.
 */
export function createFinishHousekeeping({
  alerts,
  duties,
}: {
  alerts: Alerts;
  duties: ReadonlySet<string>;
}): ActivityHandler<'finishHousekeeping'> {
  // Apps that share the ledger have histories of their own each.
  const subjectOf = (part: HousePart): string =>
    part === 'histories' ? `${part}/${[...duties].sort().join('.')}` : part;
  return async ({ houseId, correlationId, asOf, results }, context) => {
    let failed = 0;
    for (const { part, code } of results) {
      const key = { kind: 'housekeeping_failed', subject: subjectOf(part) } as const;
      if (code === null) await alerts.clear(context, key, asOf);
      else {
        failed += 1;
        await alerts.raise(context, { ...key, occurrence: houseId, code, correlationId });
      }
    }
    const removed = Object.fromEntries(results.map(({ part, removed: count }) => [part, count]));
    context.log(failed === 0 ? 'info' : 'warn', 'housekeeping_ended', { houseId, correlationId, failed, ...removed });
    return { failed };
  };
}
