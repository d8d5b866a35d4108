import { type Alerts } from '../alerts/port';
import { type Clock } from '../clock';
import { hasEnded } from '../contracts/runs';
import { type SnapshotSealer } from '../crypto/port';
import { type Claims, type ObjectLedger, type RunLedger } from '../ledger/port';
import { countsSoFar } from '../operations/counts-so-far';
import { tellOfRun } from '../operations/tell-of-run';
import { type ActivityHandler } from './handler';
import { levelOf } from './run-log';

/**
 * Ends the run of a vault: its record gets status, code, counts and time, alerts are raised and cleared by it, and the vault and tier
 * are free for the next run. May run twice: the
 * status that was recorded first stays.
 */
export function createFinishRun(deps: {
  runs: RunLedger;
  objects: ObjectLedger;
  claims: Claims;
  sealer: SnapshotSealer;
  alerts: Alerts;
  clock: Clock;
}): ActivityHandler<'finishRun'> {
  const { runs, objects, claims, sealer, alerts, clock } = deps;
  return async ({ runId, vault, tier, status, code, correlationId }, context) => {
    const before = await runs.get(runId);
    const counts =
      before === undefined ? null : await countsSoFar(objects, before, { runId, correlationId }, context.log);
    const run = await runs.change(runId, { status, code, counts, endedAt: clock.now().toISOString() });
    // While the claim is held, no later run can say anything about this vault and tier.
    if (run !== undefined) await tellOfRun(alerts, context, run);
    await claims.release([{ vault, tier, runId }]);
    sealer.forget(runId);
    const ended = run !== undefined && hasEnded(run.status) ? run.status : status;
    context.log(levelOf(ended), 'run_ended', {
      runId,
      correlationId,
      vault,
      tier,
      status: ended,
      code: run?.code ?? code ?? '',
    });
    return { status: ended };
  };
}
