import { type AlertRecord } from '../../src/contracts/alerts';
import { hasEnded, type RunRecord } from '../../src/contracts/runs';
import { timeOfRun } from '../../src/domain/ids';
import { type Cleaned, type LedgerCleaning, type Portion } from '../../src/ledger/port-cleaning';
import { type AuditEntry } from '../../src/ledger/port';

/** Housekeeping on what the other fakes hold; each portion is what is over now, and the place says nothing. */
export function createFakeCleaning(held: {
  runs: Map<string, RunRecord>;
  objects: Map<string, Map<number, unknown>>;
  decisions: Map<string, Map<string, unknown>>;
  alerts: Map<string, AlertRecord>;
  audit: AuditEntry[];
}): LedgerCleaning {
  const isBefore = (time: string, until: string): boolean => Date.parse(time) < Date.parse(until);
  const isOver = (id: string, until: string): boolean => {
    const run = held.runs.get(id);
    if (timeOfRun(id) >= new Date(until)) return false;
    return run === undefined || (hasEnded(run.status) && isBefore(run.endedAt ?? run.createdAt, until));
  };
  return {
    objectRows({ until, limit }) {
      const partitions = [...held.objects, ...held.decisions] as [string, Map<unknown, unknown>][];
      return portionOf(
        limit,
        partitions
          .filter(([name]) => isOver(name.slice(0, 29), until))
          .flatMap(([, rows]) => [...rows.keys()].map((key) => () => rows.delete(key))),
      );
    },
    runs({ until, limit }) {
      const over = [...held.runs.values()].filter(({ id, status }) => hasEnded(status) && isOver(id, until));
      return portionOf(
        limit,
        over.map(
          ({ id }) =>
            () =>
              held.runs.delete(id),
        ),
      );
    },
    alerts({ until, limit }) {
      const over = [...held.alerts.values()].filter(
        ({ resolvedAt, notices }) =>
          resolvedAt !== null &&
          isBefore(resolvedAt, until) &&
          !notices.some(({ delivery }) => delivery.state === 'pending'),
      );
      return portionOf(
        limit,
        over.map(
          ({ id }) =>
            () =>
              held.alerts.delete(id),
        ),
      );
    },
    audit({ until, limit }) {
      const over = held.audit.filter(({ at }) => isBefore(at, until));
      return portionOf(
        limit,
        over.map((entry) => () => held.audit.splice(held.audit.indexOf(entry), 1)),
      );
    },
  };
}

function portionOf(limit: Portion['limit'], removals: readonly (() => unknown)[]): Promise<Cleaned> {
  const portion = removals.slice(0, limit);
  for (const remove of portion) remove();
  return Promise.resolve({ removed: portion.length, next: portion.length === 0 ? null : 'more' });
}
