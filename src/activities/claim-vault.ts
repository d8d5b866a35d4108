import { hasEnded } from '../contracts/runs';
import { type ClaimDeps, takeClaims } from '../operations/claims';
import { type ActivityHandler } from './handler';

/** Takes the vault and tier for the run, or says that another run holds them. May run twice. */
export function createClaimVault(deps: ClaimDeps): ActivityHandler<'claimVault'> {
  const { runs, clock } = deps;
  return async ({ runId, vault, tier }, context) => {
    const run = await runs.get(runId);
    if (run !== undefined && hasEnded(run.status)) return { state: 'ended', status: run.status };
    if (run?.cancelRequestedAt != null) return { state: 'cancelled', status: null };

    const inTheWay = await takeClaims(deps, context, [{ vault, tier, runId }]);
    if (inTheWay.length > 0) {
      await runs.change(runId, { status: 'waiting', code: 'run_in_progress' });
      return { state: 'busy', status: null };
    }
    await runs.change(runId, { status: 'running', code: null, startedAt: run?.startedAt ?? clock.now().toISOString() });
    return { state: 'claimed', status: null };
  };
}
