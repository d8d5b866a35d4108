import { type Clock } from '../clock';
import { type ActivityInput } from '../contracts/activities';
import { hasEnded } from '../contracts/runs';
import { decidePruning, type SnapshotDecision } from '../domain/pruning';
import { type Retention } from '../domain/retention';
import { type RunLedger, type SnapshotUses } from '../ledger/port';
import { type Survey, type SurveyDeps, type SurveyedSnapshot, surveyVault } from './survey-vault';

export interface PruneDeps extends SurveyDeps {
  runs: RunLedger;
  uses: SnapshotUses;
  clock: Clock;
  retention: Retention;
}

/** What is to become of everything that the archive holds of a vault and tier. */
export interface PrunePlan {
  survey: Survey;
  decisions: SnapshotDecision<SurveyedSnapshot>[];
  /** Times by which anything that goes must be past its time. */
  now: readonly Date[];
}

/**
 * Looks at the archive anew and decides: every step of a run does so itself, since time passes and restores begin between two of them. Nothing is
 * changed. `undefined`: somebody asked for the run to end, or it has ended.
 */
export async function planPruning(
  deps: PruneDeps,
  { runId, vault, tier, asOf }: ActivityInput<'decidePruning'>,
): Promise<PrunePlan | undefined> {
  const run = await deps.runs.get(runId);
  if (run !== undefined && (run.cancelRequestedAt !== null || hasEnded(run.status))) return undefined;
  const survey = await surveyVault(deps, tier, vault);
  const now = [deps.clock.now(), new Date(asOf)];
  // Whoever marks a snapshot marks it first and then looks whether it is still there: so the marks are read last.
  const used = await deps.uses.current(new Date(Math.min(...now.map(Number))).toISOString());
  return { survey, decisions: decidePruning(survey.snapshots, now, used), now };
}
