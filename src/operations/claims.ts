import { type AlertContext, type Alerts } from '../alerts/port';
import { type Clock } from '../clock';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { hasEnded } from '../contracts/runs';
import { timeOfRun } from '../domain/ids';
import { secondsAfter } from '../domain/times';
import { type Claim, type Claims, type ObjectLedger, type RunLedger } from '../ledger/port';
import { endAbandonedRun } from './abandoned-runs';

/** Between a claim and the start of its orchestration only moments pass; after this time a run that nobody executes is dead. */
const START_GRACE_SECONDS = 10 * 60;

/**
 * Longer than any run. A run gives its claim back when it ends, and a dead run's claim is taken over; one that expired by itself would leave the
 * record of a dead run open for ever.
 */
const CLAIM_SECONDS = 7 * 24 * 60 * 60;

export interface ClaimDeps {
  runs: RunLedger;
  objects: ObjectLedger;
  claims: Claims;
  alerts: Alerts;
  clock: Clock;
}

/**
 * Takes all claims, or none. Claims of runs that have ended, or that no orchestration executes any more, are taken over, and such a dead run is
 * ended as `run_abandoned`, since nobody else will end it. Returns the claims of living runs that stand in the way. May run twice.
 */
export async function takeClaims(
  { runs, objects, claims, alerts, clock }: ClaimDeps,
  context: AlertContext,
  wanted: readonly Claim[],
): Promise<Claim[]> {
  const take = (): Promise<Claim[]> => {
    const now = clock.now();
    return claims.take(wanted, now.toISOString(), secondsAfter(now, CLAIM_SECONDS).toISOString());
  };
  const inTheWay = await take();
  const dead: Claim[] = [];
  for (const claim of inTheWay) {
    if (await isDead({ runs, clock }, context.orchestrations(), claim.runId)) dead.push(claim);
  }
  if (dead.length === 0) return inTheWay;
  for (const { runId } of dead) await endAbandonedRun({ runs, objects, alerts, clock }, context, runId);
  await claims.release(dead);
  return take();
}

async function isDead(
  { runs, clock }: Pick<ClaimDeps, 'runs' | 'clock'>,
  orchestrations: OrchestrationClient,
  runId: string,
): Promise<boolean> {
  const run = await runs.get(runId);
  if (run !== undefined && hasEnded(run.status)) return true;
  // Without a record: taken a moment ago, before the records are written, or by somebody who died just then.
  const since = run === undefined ? timeOfRun(runId) : new Date(run.createdAt);
  if (clock.now() < secondsAfter(since, START_GRACE_SECONDS)) return false;
  if (await orchestrations.isActive(runId)) return false;
  return run === undefined || run.estateRun === null || !(await orchestrations.isActive(run.estateRun));
}
