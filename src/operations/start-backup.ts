import { createHash, randomBytes } from 'node:crypto';
import { type AlertContext } from '../alerts/port';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Tuning } from '../contracts/orchestrations';
import { type ProtectedVault, type Tier } from '../contracts/objects';
import { hasEnded } from '../contracts/runs';
import { runId, scheduledRunSeed } from '../domain/ids';
import { type EstateRequest } from '../domain/run-records';
import { occurrenceServedAt } from '../domain/schedules';
import { StrongroomError } from '../errors';
import { type Claim } from '../ledger/port';
import { type Log } from '../log';
import { type ClaimDeps, takeClaims } from './claims';
import { createRunRecords } from './run-records';

interface Deps extends ClaimDeps {
  vaults: ReadonlyMap<string, ProtectedVault>;
  schedules: Record<Tier, string>;
  tuning: Tuning;
}

/** A run under way stands in the way of a new one. `details.runId` names it. */
function inProgress(claim: Claim): StrongroomError {
  return new StrongroomError(
    'run_in_progress',
    `A ${claim.tier} backup of ${claim.vault} is under way. Wait for it, or cancel it; nothing was started.`,
    {
      details: { runId: claim.runId, vault: claim.vault },
    },
  );
}

/**
 * Starts the backup of some vaults, or of all, at somebody's wish. Claims every vault first, so that either all start or, if one has a run under way in
 * that tier, none does (`run_in_progress`). The records are written before the orchestration starts, so that the run can be looked at as
 * soon as this returns. `unknown_vault` if a vault is not protected, or none is.
 */
export async function startManualBackup(
  deps: Deps,
  context: AlertContext,
  request: { vaults?: readonly string[] | undefined; tier: Tier; correlationId: string },
): Promise<EstateRequest> {
  const now = deps.clock.now();
  const { tier, correlationId } = request;
  const runs = chosenVaults(deps.vaults, request.vaults).map(({ shortName }) => ({
    vault: shortName,
    runId: runId(now, randomBytes(6).toString('hex')),
  }));
  const estate: EstateRequest = {
    runId: runId(now, randomBytes(6).toString('hex')),
    correlationId,
    tier,
    trigger: 'manual',
    scheduledFor: null,
    requestedAt: now.toISOString(),
    runs,
  };
  const claims = runs.map((run) => ({ ...run, tier }));
  const [blocking] = await takeClaims(deps, context, claims);
  if (blocking !== undefined) throw inProgress(blocking);
  try {
    await createRunRecords(deps.runs, estate);
    await context.orchestrations().start('backUpEstate', estate.runId, { ...estate, tuning: deps.tuning });
  } catch (error) {
    await giveUp(deps, estate, claims);
    throw error;
  }
  return estate;
}

/**
 * Starts the backup that a schedule's occurrence asks for. A late or doubled timer computes the same occurrence and so the same ids: what is under
 * way or has ended is left alone. May run twice, and at the same time.
 */
export async function startScheduledBackup(
  deps: Deps,
  orchestrations: OrchestrationClient,
  tier: Tier,
  correlationId: string,
  log: Log,
): Promise<void> {
  const now = deps.clock.now();
  const occurrence = occurrenceServedAt(deps.schedules[tier], now);
  const idFor = (subject: string): string =>
    runId(
      occurrence,
      createHash('sha256')
        .update(scheduledRunSeed(subject, tier, occurrence))
        .digest('hex'),
    );
  const estateId = idFor('estate');
  const scheduledFor = occurrence.toISOString();
  if (deps.vaults.size === 0) {
    log('warn', 'no_vault_protected', { tier, correlationId });
    return;
  }
  const known = await deps.runs.get(estateId);
  if (known !== undefined && (hasEnded(known.status) || (await orchestrations.isActive(estateId)))) {
    log('info', 'occurrence_already_served', { runId: estateId, tier, correlationId });
    return;
  }
  const started = await orchestrations.start('backUpEstate', estateId, {
    runId: estateId,
    correlationId,
    tier,
    trigger: 'schedule',
    scheduledFor,
    requestedAt: now.toISOString(),
    runs: [...deps.vaults.values()].map(({ url, shortName }) => ({ vault: shortName, runId: idFor(url) })),
    tuning: deps.tuning,
  });
  log('info', started ? 'backup_started' : 'occurrence_already_served', {
    runId: estateId,
    tier,
    scheduledFor,
    correlationId,
  });
}

function chosenVaults(
  vaults: ReadonlyMap<string, ProtectedVault>,
  wanted: readonly string[] | undefined,
): ProtectedVault[] {
  const all = [...vaults.values()];
  if (all.length === 0)
    throw new StrongroomError(
      'unknown_vault',
      'No vault is protected yet. Name the vaults in the setting PROTECTED_VAULTS.',
    );
  if (wanted === undefined) return all;
  const chosen = wanted.map((name) => {
    const key = name.toLowerCase().replace(/\/$/, '');
    const vault = all.find(({ shortName, url }) => shortName === key || url === key);
    if (vault === undefined) {
      throw new StrongroomError(
        'unknown_vault',
        'One of the vaults is not protected. Name it as PROTECTED_VAULTS does, by short name or URL, or add it there.',
      );
    }
    return vault;
  });
  return [...new Set(chosen)];
}

/** Nothing has started: ends the records that were made, and frees the vaults. */
async function giveUp({ runs, claims, clock }: Deps, estate: EstateRequest, taken: readonly Claim[]): Promise<void> {
  const ended = { status: 'failed', code: 'host_unavailable', endedAt: clock.now().toISOString() } as const;
  for (const id of [estate.runId, ...estate.runs.map((run) => run.runId)]) await runs.change(id, ended);
  await claims.release(taken);
}
