import { type OrchestrationContext } from 'durable-functions';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { type EndedStatus } from '../contracts/runs';
import { estateStatus } from '../domain/outcomes';
import { call, callSubOrchestrations, type Flow, inPartsOf, PATIENT } from './calls';

const VAULTS_AT_ONCE = 100;

/**
 * Backs up several vaults, each by a run and a snapshot of its own, so that one that cannot be reached fails its own run and no other.
 * Started by the schedules and by `POST /api/backups`; the instance id is the run's id.
 */
export function* backUpEstate(context: OrchestrationContext): Flow<OrchestrationResults['backUpEstate']> {
  const { tuning, ...run } = context.df.getInput<OrchestrationInputs['backUpEstate']>();
  const { runId, correlationId, tier, scheduledFor } = run;

  const opened = yield* call(context, 'openEstateRun', run, PATIENT);
  if (!opened.ok) return { status: 'failed' };
  if (!opened.proceed) return { status: 'succeeded' };

  const statuses: EndedStatus[] = [];
  for (const part of inPartsOf(run.runs, VAULTS_AT_ONCE)) {
    const ended = yield* callSubOrchestrations(
      context,
      'backUpVault',
      part.map((child) => ({
        instanceId: child.runId,
        input: { ...child, correlationId, tier, scheduledFor, tuning },
      })),
    );
    statuses.push(...ended.map((run) => run?.status ?? 'failed'));
  }

  const finished = yield* call(
    context,
    'finishEstateRun',
    { runId, correlationId, status: estateStatus(statuses) },
    PATIENT,
  );
  return { status: finished.ok ? finished.status : 'failed' };
}
