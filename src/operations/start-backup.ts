import { randomBytes } from 'node:crypto';
import { type AlertContext } from '../alerts/port';
import { type Tuning } from '../contracts/orchestrations';
import { type Tier } from '../contracts/objects';
import { runId } from '../domain/ids';
import { backupTargetOf, isPlanned, type PlannedVault } from '../domain/plans';
import { type EstateRequest } from '../domain/run-records';
import { StrongroomError } from '../errors';
import { type Claim } from '../ledger/port';
import { type ClaimDeps, takeClaims } from './claims';
import { type ProtectedVaults } from './protected-vaults';
import { createRunRecords } from './run-records';

interface Deps extends ClaimDeps {
  vaults: ProtectedVaults;
  schedules: Record<Tier, string>;
  tuning: Tuning;
}

/** A backup at somebody's wish. */
export interface BackupRequest {
  /** Short names or URLs; all vaults without it. */
  vaults?: readonly string[] | undefined;
  tier: Tier;
  /** Names or globs of the objects to take; everything without it. For one vault only. */
  select?: readonly string[] | undefined;
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
 * soon as this returns. `unknown_vault` if a vault is not protected, or none is; `plan_disabled` and `tier_not_planned` if its plan says no.
 */
export async function startManualBackup(
  deps: Deps,
  context: AlertContext,
  request: BackupRequest & { correlationId: string },
): Promise<EstateRequest> {
  const now = deps.clock.now();
  const { tier, correlationId, select } = request;
  const chosen = chosenVaults(await deps.vaults.all(), request);
  const runs = chosen.map(({ vault }) => ({
    vault: vault.shortName,
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
  const targets = new Map(
    chosen.map((planned) => [planned.vault.shortName, backupTargetOf(planned, tier, deps.schedules, select ?? null)]),
  );
  const claims = runs.map((run) => ({ ...run, tier }));
  const [blocking] = await takeClaims(deps, context, claims);
  if (blocking !== undefined) throw inProgress(blocking);
  try {
    await createRunRecords(deps.runs, estate, targets);
    await context.orchestrations().start('backUpEstate', estate.runId, { ...estate, tuning: deps.tuning });
  } catch (error) {
    await giveUp(deps, estate, claims);
    throw error;
  }
  return estate;
}

function chosenVaults(all: readonly PlannedVault[], { vaults: wanted, tier }: BackupRequest): PlannedVault[] {
  if (all.length === 0)
    throw new StrongroomError(
      'unknown_vault',
      'No vault is protected yet. Make a plan for one, or name the vaults in the setting PROTECTED_VAULTS.',
    );
  if (wanted !== undefined) return [...new Set(wanted.map((name) => chosenVault(all, name, tier)))];
  const planned = all.filter((vault) => isPlanned(vault, tier));
  if (planned.length === 0) throw new StrongroomError('plan_disabled', `No vault has a plan for ${tier} backups.`);
  return planned;
}

function chosenVault(all: readonly PlannedVault[], name: string, tier: Tier): PlannedVault {
  const key = name.toLowerCase().replace(/\/$/, '');
  const planned = all.find(({ vault }) => vault.shortName === key || vault.url === key);
  if (planned === undefined) {
    throw new StrongroomError(
      'unknown_vault',
      'One of the vaults is not protected. Give its short name or URL as `strongroom plans list` shows it, or make a plan for it.',
    );
  }
  const { vault, plan } = planned;
  if (!plan.enabled)
    throw new StrongroomError('plan_disabled', `The plan of ${vault.shortName} is disabled. Enable it first.`);
  if (!plan.tiers.includes(tier))
    throw new StrongroomError('tier_not_planned', `The plan of ${vault.shortName} has no ${tier} tier.`);
  return planned;
}

/** Nothing has started: ends the records that were made, and frees the vaults. */
async function giveUp({ runs, claims, clock }: Deps, estate: EstateRequest, taken: readonly Claim[]): Promise<void> {
  const ended = { status: 'failed', code: 'host_unavailable', endedAt: clock.now().toISOString() } as const;
  try {
    for (const id of [estate.runId, ...estate.runs.map((run) => run.runId)]) await runs.change(id, ended);
  } finally {
    await claims.release(taken);
  }
}
