import { type AlertContext, type Alerts } from '../alerts/port';
import { hasEnded, type RunRecord } from '../contracts/runs';
import { findingsOf } from '../domain/run-alerts';

/**
 * Raises and clears alerts by how a run ended. What the run proves to be well is proved as of its start: what another run saw after that stays. May run twice:
 * each run counts once.
 */
export async function tellOfRun(alerts: Alerts, context: AlertContext, run: RunRecord): Promise<void> {
  if (!hasEnded(run.status)) return;
  const { raise, clear } = findingsOf(run);
  for (const condition of raise) await alerts.raise(context, condition);
  for (const key of clear) await alerts.clear(context, key, run.startedAt ?? run.createdAt);
}
