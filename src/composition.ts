import { createActivities } from './activities/all-activities';
import { createPruneActivities } from './activities/prune-activities';
import { createAdapters } from './adapters';
import { systemClock } from './clock';
import { type BackupOperations } from './functions/backups-http';
import { askForBackup, askForCancel } from './operations/asked-backups';
import { auditArchiveIfDue, createArchiveOperations } from './operations/audit-archive';
import { refusalNotes } from './operations/audited';
import { deliverPendingAlerts } from './operations/deliver-pending-alerts';
import { createExclusions } from './operations/exclusions';
import { type Firing } from './operations/firing';
import { createPlans } from './operations/plans';
import { createProtectedVaults } from './operations/protected-vaults';
import { type AlertDeps, createAlerts } from './operations/raise-alerts';
import { createRecipientOperations } from './operations/recipients';
import { createAlertOperations } from './operations/show-alerts';
import { createViews } from './operations/show-runs';
import { createSigningKeyOperations } from './operations/signing-key';
import { startHousekeeping } from './operations/start-housekeeping';
import { askForPrune, startScheduledPrune } from './operations/start-prune';
import { startPlannedBackups, startScheduledBackup } from './operations/start-scheduled-backups';
import { producerVersion } from './producer';
import { type Settings } from './settings';

/** What the functions need, made once from the settings: the operations, by what they are about, and the activities. Calls nothing yet. */
export function compose(settings: Settings) {
  const version = producerVersion();
  const clock = systemClock;
  const { schedules, retention, tuning, duties, housekeeping } = settings;
  const adapters = createAdapters(settings, version);
  const { ledger, channel } = adapters;
  const isTelling = duties.has('operate');
  const alerting: AlertDeps = {
    ...{ ...ledger, ...settings.alerts, clock },
    telling: isTelling ? (channel === undefined ? 'nobody' : 'here') : 'elsewhere',
  };
  const vaults = createProtectedVaults(settings.vaults, ledger.plans);
  const common = { ...ledger, alerts: createAlerts(alerting), schedules, retention, tuning, clock, vaults };
  const outside = { ...adapters, ...common, version, duties, housekeeping };
  const auditing = { ...outside, archive: settings.archive };
  const views = createViews(ledger);
  const backups: BackupOperations = {
    start: (asker, request) => askForBackup(common, asker, request),
    cancel: (asker, id) => askForCancel(common, asker, id),
    show: (id) => views.run(id),
  };
  return {
    gate: { tokens: adapters.tokens, noteRefusal: refusalNotes(ledger.audit, clock) },
    views,
    backups,
    plans: createPlans(common),
    alerts: createAlertOperations({ ...alerting, ...ledger, channel: channel ? 'webhook' : 'none' }),
    archive: createArchiveOperations(auditing),
    exclusions: createExclusions(outside),
    recipients: createRecipientOperations(outside),
    signingKey: createSigningKeyOperations(outside),
    activities: createActivities(outside),
    pruning: adapters.pruning && settings.pruning && pruningOf(settings.pruning, adapters.pruning, outside),
    timers: {
      housekeeping: (firing: Firing) => startHousekeeping(outside, firing),
      dailyBackup: (firing: Firing) => startScheduledBackup(common, 'daily', firing),
      monthlyBackup: (firing: Firing) => startScheduledBackup(common, 'monthly', firing),
      plannedBackups: (firing: Firing) => startPlannedBackups(common, firing),
      deliverPendingAlerts: (firing: Firing) => deliverPendingAlerts(ledger.alertRecords, firing),
      auditArchivePolicies: (firing: Firing) => auditArchiveIfDue(auditing, firing),
    },
  };
}

type Pruning = Parameters<typeof createPruneActivities>[0] & Parameters<typeof askForPrune>[0];

function pruningOf(
  { schedule }: NonNullable<Settings['pruning']>,
  keys: Pick<Pruning, 'pruner' | 'pruneRecords'>,
  outside: Omit<Pruning, 'pruner' | 'pruneRecords' | 'pruneSchedule'>,
) {
  const deps = { ...outside, ...keys, pruneSchedule: schedule };
  return {
    schedule,
    start: (...call: Parameters<typeof askForPrune> extends [unknown, ...infer Rest] ? Rest : never) =>
      askForPrune(deps, ...call),
    timer: (firing: Firing) => startScheduledPrune(deps, firing),
    activities: createPruneActivities(deps),
  };
}
