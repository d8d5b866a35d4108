import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { createActivities } from './activities/all-activities';
import { type ActivityHandlers, pruneActivities } from './activities/handler';
import { createPruneActivities } from './activities/prune-activities';
import { createAdapters } from './adapters';
import { systemClock } from './clock';
import { type ActivityName } from './contracts/activities';
import { type OrchestrationName } from './contracts/orchestrations';
import { type RouteName, routes } from './contracts/routes';
import { getAlert, listAlerts, listAudit, resolveAlert, testAlerts } from './functions/alerts-http';
import { auditArchive, showArchive } from './functions/archive-http';
import { archiveAuditTimer } from './functions/archive-timer';
import { type BackupOperations, cancelRun, startBackup } from './functions/backups-http';
import { backupTimer } from './functions/backup-timers';
import { answering, type RouteHandler } from './functions/http-answer';
import {
  getRun,
  getSnapshot,
  health,
  listObjects,
  listRuns,
  listSnapshots,
  showCaller,
} from './functions/queries-http';
import {
  approveRecipient,
  introduceSigningKey,
  listRecipients,
  revokeRecipient,
  showSigningKey,
} from './functions/trust-http';
import { deletePlan, getPlan, listPlans, putPlan } from './functions/plans-http';
import { excludeSnapshot, includeSnapshot } from './functions/exclusions-http';
import { listDecisions, startPrune, type StartPrune } from './functions/prune-http';
import { pruneTimer } from './functions/prune-timer';
import { runActivity } from './functions/run-activity';
import { askForBackup, askForCancel } from './operations/asked-backups';
import { createExclusions } from './operations/exclusions';
import { askForPrune, startScheduledPrune } from './operations/start-prune';
import { auditArchiveIfDue, createArchiveOperations } from './operations/audit-archive';
import { createViews } from './operations/show-runs';
import { deliverPendingAlerts } from './operations/deliver-pending-alerts';
import { type AlertDeps, createAlerts } from './operations/raise-alerts';
import { refusalNotes } from './operations/audited';
import { createRecipientOperations } from './operations/recipients';
import { createSigningKeyOperations } from './operations/signing-key';
import { createAlertOperations } from './operations/show-alerts';
import { alertSweep } from './functions/alert-timers';
import { deliverAlert } from './orchestrations/deliver-alert';
import { createPlans } from './operations/plans';
import { createProtectedVaults } from './operations/protected-vaults';
import { type Firing, startPlannedBackups, startScheduledBackup } from './operations/start-scheduled-backups';
import { backUpEstate } from './orchestrations/back-up-estate';
import { backUpPage } from './orchestrations/back-up-page';
import { backUpVault } from './orchestrations/back-up-vault';
import { pruneArchive } from './orchestrations/prune-archive';
import { pruneVault } from './orchestrations/prune-vault';
import { producerVersion } from './producer';
import { readSettings } from './settings';

// The table of contents: settings once, clients once, then every function of the app.

const settings = readSettings();
const adapters = createAdapters(settings, producerVersion());
const { ledger } = adapters;
const { duties, schedules, retention, tuning } = settings;
const alerting: AlertDeps = {
  ...ledger,
  ...settings.alerts,
  clock: systemClock,
  telling: duties.has('operate') ? (adapters.channel === undefined ? 'nobody' : 'here') : 'elsewhere',
};
const common = {
  ...ledger,
  alerts: createAlerts(alerting),
  schedules,
  retention,
  tuning,
  clock: systemClock,
  vaults: createProtectedVaults(settings.vaults, ledger.plans),
};

const views = createViews(ledger);
const alerts = createAlertOperations({ ...alerting, ...ledger, channel: adapters.channel ? 'webhook' : 'none' });
const gate = { tokens: adapters.tokens, noteRefusal: refusalNotes(ledger.audit, systemClock) };
const plans = createPlans(common);
const backups: BackupOperations = {
  start: (asker, request) => askForBackup(common, asker, request),
  cancel: (asker, id) => askForCancel(common, asker, id),
  show: (id) => views.run(id),
};

const auditing = { ...adapters, ...common, archive: settings.archive };
const archive = createArchiveOperations(auditing);
const recipients = createRecipientOperations({ ...adapters, ...common });
const signingKey = createSigningKeyOperations({ ...adapters, ...common });
const handlers = createActivities({ ...adapters, ...common, version: producerVersion() });

route('health', health());
route('showCaller', showCaller());

if (duties.has('operate')) {
  route('listRuns', listRuns(views));
  route('getRun', getRun(views));
  route('listRunObjects', listObjects(views));
  route('listDecisions', listDecisions(views));
  route('listSnapshots', listSnapshots(views));
  route('getSnapshot', getSnapshot(views));
  route('listPlans', listPlans(plans));
  route('getPlan', getPlan(plans));
  route('putPlan', putPlan(plans));
  route('deletePlan', deletePlan(plans));

  route('listAlerts', listAlerts(alerts));
  route('getAlert', getAlert(alerts));
  route('resolveAlert', resolveAlert(alerts), { client: true });
  route('testAlerts', testAlerts(alerts), { client: true });
  route('listAudit', listAudit(alerts));
  app.timer('deliverPendingAlerts', {
    schedule: settings.alerts.sweepSchedule,
    extraInputs: [df.input.durableClient()],
    handler: alertSweep((...call) => deliverPendingAlerts(ledger.alertRecords, ...call)),
  });
  route('showArchive', showArchive(archive));
  route('auditArchive', auditArchive(archive), { client: true });
  app.timer('auditArchivePolicies', {
    schedule: settings.archive.auditSchedule,
    // Fires whenever an instance takes over the timers, not for every instance; the audit itself sees to it that this is not too often.
    runOnStartup: true,
    extraInputs: [df.input.durableClient()],
    handler: archiveAuditTimer((...call) => auditArchiveIfDue(auditing, ...call)),
  });
  orchestration('deliverAlert', deliverAlert);
  activity('sendAlert', handlers);
}

if (adapters.pruning !== undefined && settings.pruning !== undefined) {
  const { schedule } = settings.pruning;
  const pruning = { ...common, pruneSchedule: schedule };
  const handler = pruneTimer((...call) => startScheduledPrune(pruning, ...call));
  app.timer('prune', { schedule, extraInputs: [df.input.durableClient()], handler });
  const start: StartPrune = (...call) => askForPrune(pruning, ...call);
  route('startPrune', startPrune(start), { client: true });

  orchestration('pruneArchive', pruneArchive);
  orchestration('pruneVault', pruneVault);

  const pruners = createPruneActivities({ ...adapters, ...adapters.pruning, ...common, version: producerVersion() });
  for (const name of pruneActivities) activity(name, pruners, { client: name === 'finishPruneRun' });
}

const exclusions = createExclusions({ ...adapters, ...common, version: producerVersion() });

if (duties.has('protect')) {
  timer('dailyBackup', schedules.daily, (firing) => startScheduledBackup(common, 'daily', firing));
  timer('monthlyBackup', schedules.monthly, (firing) => startScheduledBackup(common, 'monthly', firing));
  timer('plannedBackups', settings.plansSchedule, (firing) => startPlannedBackups(common, firing));
  route('startBackup', startBackup(backups), { client: true });
  route('cancelRun', cancelRun(backups));
  route('excludeSnapshot', excludeSnapshot(exclusions, views));
  route('includeSnapshot', includeSnapshot(exclusions, views));

  route('listRecipients', listRecipients(recipients));
  route('approveRecipient', approveRecipient(recipients));
  route('revokeRecipient', revokeRecipient(recipients));
  route('showSigningKey', showSigningKey(signingKey));
  route('introduceSigningKey', introduceSigningKey(signingKey));

  orchestration('backUpEstate', backUpEstate);
  orchestration('backUpVault', backUpVault);
  orchestration('backUpPage', backUpPage);

  activity('openEstateRun', handlers);
  activity('claimVault', handlers, { client: true });
  activity('prepareSealing', handlers);
  activity('takeInventory', handlers);
  activity('backUpObjects', handlers);
  activity('closeSnapshot', handlers);
  activity('finishRun', handlers, { client: true });
  activity('finishEstateRun', handlers);
}

/** The host asks for no key: who calls is the app's own affair, by the table of routes. */
function route<N extends RouteName>(name: N, handle: RouteHandler<N>, { client = false } = {}): void {
  const { method, path } = routes[name];
  app.http(name, {
    methods: [method],
    route: path,
    authLevel: 'anonymous',
    extraInputs: client ? [df.input.durableClient()] : [],
    handler: answering(name, handle, gate),
  });
}

function timer(name: string, schedule: string, start: (firing: Firing) => Promise<void>): void {
  app.timer(name, { schedule, extraInputs: [df.input.durableClient()], handler: backupTimer(start) });
}

function orchestration(name: OrchestrationName, generator: df.OrchestrationHandler): void {
  df.app.orchestration(name, generator);
}

function activity<N extends ActivityName>(name: N, handlers: Pick<ActivityHandlers, N>, { client = false } = {}): void {
  df.app.activity(name, {
    extraInputs: client ? [df.input.durableClient()] : [],
    handler: runActivity(name, handlers[name]),
  });
}
