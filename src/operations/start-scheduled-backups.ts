import { createHash } from 'node:crypto';
import { type Clock } from '../clock';
import { type Tuning } from '../contracts/orchestrations';
import { type Tier, tiers } from '../contracts/objects';
import { hasEnded } from '../contracts/runs';
import { runId, scheduledRunSeed } from '../domain/ids';
import { isPlanned, type PlannedVault } from '../domain/plans';
import { occurrenceServedAt } from '../domain/schedules';
import { type RunLedger } from '../ledger/port';
import { type Firing } from './firing';
import { type ProtectedVaults } from './protected-vaults';

interface Deps {
  runs: RunLedger;
  clock: Clock;
  vaults: ProtectedVaults;
  schedules: Record<Tier, string>;
  tuning: Tuning;
}

/**
 * Starts the backup that an occurrence of a tier's schedule asks for, of all vaults that have no schedule of their own in that tier. A late or
 * doubled timer computes the same occurrence and so the same ids: what is under way or has ended is left alone. May run twice, and at the same
 * time. Throws if the ledger cannot tell which vaults there are.
 */
export async function startScheduledBackup(deps: Deps, tier: Tier, firing: Firing): Promise<void> {
  const all = await deps.vaults.all();
  if (all.length === 0) {
    firing.log('warn', 'no_vault_protected', { tier, correlationId: firing.correlationId });
    return;
  }
  const vaults = all.filter((vault) => isPlanned(vault, tier) && vault.plan.schedules[tier] === undefined);
  const occurrence = occurrenceServedAt(deps.schedules[tier], deps.clock.now());
  await serve(deps, { tier, occurrence, subject: 'estate', vaults }, firing);
}

/**
 * Starts the backups that the vaults' own schedules ask for by now: one estate run for each tier and schedule. Called every few minutes; an
 * occurrence that was missed while the app was down is made up for once, and of several only the latest. One from before the plan had this schedule is
 * nobody's wish. May run twice, as {@link startScheduledBackup}.
 */
export async function startPlannedBackups(deps: Deps, firing: Firing): Promise<void> {
  const all = await deps.vaults.all();
  for (const tier of tiers) {
    for (const [schedule, vaults] of bySchedule(all, tier)) {
      const occurrence = occurrenceServedAt(schedule, deps.clock.now());
      const due = vaults.filter(({ plannedSince }) => plannedSince === null || occurrence >= new Date(plannedSince));
      await serve(deps, { tier, occurrence, subject: `estate ${schedule}`, vaults: due }, firing);
    }
  }
}

function bySchedule(all: readonly PlannedVault[], tier: Tier): Map<string, PlannedVault[]> {
  const groups = new Map<string, PlannedVault[]>();
  for (const vault of all) {
    const schedule = vault.plan.schedules[tier];
    if (schedule === undefined || !isPlanned(vault, tier)) continue;
    groups.set(schedule, [...(groups.get(schedule) ?? []), vault]);
  }
  return groups;
}

/** An occurrence of a schedule, and the vaults that it is for. `subject` tells estate runs of the same time and tier apart. */
interface Occurrence {
  tier: Tier;
  occurrence: Date;
  subject: string;
  vaults: readonly PlannedVault[];
}

async function serve(
  { runs, clock, tuning }: Deps,
  { tier, occurrence, subject, vaults }: Occurrence,
  { orchestrations, correlationId, log }: Firing,
): Promise<void> {
  if (vaults.length === 0) return;
  const idFor = (whose: string): string =>
    runId(
      occurrence,
      createHash('sha256')
        .update(scheduledRunSeed(whose, tier, occurrence))
        .digest('hex'),
    );
  const estateId = idFor(subject);
  const known = await runs.get(estateId);
  if (known !== undefined && (hasEnded(known.status) || (await orchestrations.isActive(estateId)))) {
    log('info', 'occurrence_already_served', { runId: estateId, tier, correlationId });
    return;
  }
  const scheduledFor = occurrence.toISOString();
  const started = await orchestrations.start('backUpEstate', estateId, {
    runId: estateId,
    correlationId,
    tier,
    trigger: 'schedule',
    scheduledFor,
    requestedAt: clock.now().toISOString(),
    runs: vaults.map(({ vault }) => ({ vault: vault.shortName, runId: idFor(vault.url) })),
    tuning,
  });
  log('info', started ? 'backup_started' : 'occurrence_already_served', {
    runId: estateId,
    tier,
    scheduledFor,
    correlationId,
  });
}
