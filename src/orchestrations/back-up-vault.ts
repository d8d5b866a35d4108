import { type OrchestrationContext } from 'durable-functions';
import { type ActivityInput, type Outcome } from '../contracts/activities';
import { type ErrorCode } from '../contracts/error-codes';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { type EndedStatus } from '../contracts/runs';
import { call, callSubOrchestrations, type Flow, inPartsOf, PATIENT, rangesOf, wait } from './calls';

const PAGES_AT_ONCE = 4;
/** How long a run waits for another one of the same vault and tier: a first short pauses, then five minutes each, six hours in all. */
const TURN_PAUSES_S = [10, 20, 30, 60, 120, ...Array.from({ length: 72 }, () => 300)];

type Input = OrchestrationInputs['backUpVault'];
type VaultRun = Pick<ActivityInput<'claimVault'>, 'runId' | 'correlationId' | 'vault' | 'tier'>;

/** How a run ended; `code` says why, unless it succeeded. */
interface End {
  status: EndedStatus;
  code: ErrorCode | null;
}

/**
 * Backs up one vault into one snapshot: waits for its turn, proves that it could seal and sign, lists the vault, backs up page by page, closes
 * the snapshot. However it ends, the run's record says so, and the next run may follow.
 */
export function* backUpVault(context: OrchestrationContext): Flow<OrchestrationResults['backUpVault']> {
  const input = context.df.getInput<Input>();
  const { runId, correlationId, vault, tier } = input;
  const run: VaultRun = { runId, correlationId, vault, tier };

  const turn = yield* waitForTurn(context, run);
  if (turn.ok && turn.ended !== null) return { status: turn.ended };

  let end: End;
  try {
    end = turn.ok ? yield* makeSnapshot(context, input, run) : endOf(turn.code);
  } catch {
    // What was thrown is in the log of the activity that threw it. Its text may be foreign, so it goes nowhere from here.
    end = { status: 'failed', code: 'internal_error' };
  }
  const finished = yield* call(context, 'finishRun', { ...run, ...end }, PATIENT);
  return { status: finished.ok ? finished.status : 'failed' };
}

/** One run at a time per vault and tier. `ended` is set if this run had ended before: a doubled start. */
function* waitForTurn(context: OrchestrationContext, run: VaultRun): Flow<Outcome<{ ended: EndedStatus | null }>> {
  for (const pause of TURN_PAUSES_S) {
    const claim = yield* call(context, 'claimVault', run);
    if (!claim.ok) return claim;
    if (claim.state === 'claimed') return { ok: true, ended: null };
    if (claim.state === 'ended') return { ok: true, ended: claim.status };
    if (claim.state === 'cancelled') return { ok: false, code: 'cancelled', retryable: false };
    yield* wait(context, pause);
  }
  return { ok: false, code: 'run_in_progress', retryable: true };
}

function* makeSnapshot(context: OrchestrationContext, input: Input, run: VaultRun): Flow<End> {
  const startedAt = context.df.currentUtcDateTime.toISOString();

  const sealing = yield* call(context, 'prepareSealing', run);
  if (!sealing.ok) return endOf(sealing.code);
  const { recipients, signingKey } = sealing;

  const listed = yield* call(context, 'takeInventory', run);
  if (!listed.ok) return endOf(listed.code);
  const { inventory, total } = listed;

  // Named after the inventory: were this orchestration begun anew, pages that it had left running would not stand in the way.
  const pages = rangesOf(0, total, input.tuning.pageSize).map((range) => ({
    instanceId: `${inventory}-page-${range.first}`,
    input: { ...run, ...range, inventory, recipients, batchSize: input.tuning.batchSize },
  }));
  for (const part of inPartsOf(pages, PAGES_AT_ONCE)) {
    for (const page of yield* callSubOrchestrations(context, 'backUpPage', part)) {
      if (page === undefined) return endOf('host_unavailable');
      if (!page.ok) return endOf(page.code);
      if (page.cancelled) return endOf('cancelled');
    }
  }

  const closed = yield* call(
    context,
    'closeSnapshot',
    {
      ...run,
      inventory,
      total,
      recipients,
      signingKey,
      scheduledFor: input.scheduledFor,
      startedAt,
    },
    PATIENT,
  );
  if (!closed.ok) return endOf(closed.code);
  return { status: closed.outcome === 'complete' ? 'succeeded' : 'partial', code: null };
}

function endOf(code: ErrorCode): End {
  return { status: code === 'cancelled' ? 'cancelled' : 'failed', code };
}
