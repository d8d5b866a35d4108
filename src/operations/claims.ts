import { type Clock } from '../clock';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { hasEnded } from '../contracts/runs';
import { secondsAfter } from '../domain/times';
import { type Claim, type Claims, type RunLedger } from '../ledger/port';

/** Between a claim and the start of its orchestration only moments pass; after this time a run that nobody executes is dead. */
const START_GRACE_SECONDS = 10 * 60;

export interface ClaimDeps {
  runs: RunLedger;
  claims: Claims;
  clock: Clock;
}

/**
 * Takes all claims for `seconds`, or none. Claims of runs that have ended, or that no orchestration executes any more, are taken over, and such a
 * dead run is ended as `run_abandoned`, since nobody else will end it. Returns the claims of living runs that stand in the way. May run twice.
 */
export async function takeClaims(
  { runs, claims, clock }: ClaimDeps,
  orchestrations: OrchestrationClient,
  wanted: readonly Claim[],
  seconds: number,
): Promise<Claim[]> {
  const take = (): Promise<Claim[]> => {
    const now = clock.now();
    return claims.take(wanted, now.toISOString(), secondsAfter(now, seconds).toISOString());
  };
  const inTheWay = await take();
  const dead: Claim[] = [];
  for (const claim of inTheWay) {
    if (await isDead({ runs, clock }, orchestrations, claim.runId)) dead.push(claim);
  }
  if (dead.length === 0) return inTheWay;
  for (const { runId } of dead) {
    await runs.change(runId, { status: 'failed', code: 'run_abandoned', endedAt: clock.now().toISOString() });
  }
  await claims.release(dead);
  return take();
}

/** How long a claim holds that is taken before its orchestration starts. */
export const CLAIM_BEFORE_START_SECONDS = START_GRACE_SECONDS;

async function isDead(
  { runs, clock }: Omit<ClaimDeps, 'claims'>,
  orchestrations: OrchestrationClient,
  runId: string,
): Promise<boolean> {
  const run = await runs.get(runId);
  if (run === undefined) return false; // taken a moment ago, before the records are written; such a claim soon ends by itself
  if (hasEnded(run.status)) return true;
  if (clock.now() < secondsAfter(new Date(run.createdAt), START_GRACE_SECONDS)) return false;
  if (await orchestrations.isActive(runId)) return false;
  return run.estateRun === null || !(await orchestrations.isActive(run.estateRun));
}
