import { pruneActivities } from './activities/handler';
import { compose } from './composition';
import { getAlert, listAlerts, listAudit, resolveAlert, testAlerts } from './functions/alerts-http';
import { auditArchive, showArchive } from './functions/archive-http';
import { cancelRun, startBackup } from './functions/backups-http';
import { excludeSnapshot, includeSnapshot } from './functions/exclusions-http';
import { deletePlan, getPlan, listPlans, putPlan } from './functions/plans-http';
import { listDecisions, startPrune } from './functions/prune-http';
import {
  getRun,
  getSnapshot,
  health,
  listObjects,
  listRuns,
  listSnapshots,
  showCaller,
} from './functions/queries-http';
import { activity, orchestration, routesThrough, timer } from './functions/registration';
import {
  approveRecipient,
  introduceSigningKey,
  listRecipients,
  revokeRecipient,
  showSigningKey,
} from './functions/trust-http';
import { backUpEstate } from './orchestrations/back-up-estate';
import { backUpPage } from './orchestrations/back-up-page';
import { backUpVault } from './orchestrations/back-up-vault';
import { deliverAlert } from './orchestrations/deliver-alert';
import { keepHouse } from './orchestrations/keep-house';
import { pruneArchive } from './orchestrations/prune-archive';
import { pruneVault } from './orchestrations/prune-vault';
import { readSettings } from './settings';

// The table of contents: settings once, clients once, then every function of the app.

const settings = readSettings();
const { duties, schedules } = settings;
const app = compose(settings);
const { views, plans, alerts, archive, exclusions, recipients, signingKey, pruning, timers, activities } = app;
const route = routesThrough(app.gate);

route('health', health());
route('showCaller', showCaller());

// In every app: each has a task hub of its own.
timer('housekeeping', settings.housekeeping.schedule, timers.housekeeping);
orchestration('keepHouse', keepHouse);
activity('clearAway', activities, { client: true });
activity('finishHousekeeping', activities, { client: true });

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
  timer('deliverPendingAlerts', settings.alerts.sweepSchedule, timers.deliverPendingAlerts);
  route('showArchive', showArchive(archive));
  route('auditArchive', auditArchive(archive), { client: true });
  // At the start too: whenever an instance takes over the timers, not for every instance. The audit itself sees to it that this is not too often.
  timer('auditArchivePolicies', settings.archive.auditSchedule, timers.auditArchivePolicies, { runOnStartup: true });
  orchestration('deliverAlert', deliverAlert);
  activity('sendAlert', activities);
}

if (pruning !== undefined) {
  timer('prune', pruning.schedule, pruning.timer);
  route('startPrune', startPrune(pruning.start), { client: true });
  orchestration('pruneArchive', pruneArchive);
  orchestration('pruneVault', pruneVault);
  for (const name of pruneActivities) activity(name, pruning.activities, { client: name === 'finishPruneRun' });
}

if (duties.has('protect')) {
  timer('dailyBackup', schedules.daily, timers.dailyBackup);
  timer('monthlyBackup', schedules.monthly, timers.monthlyBackup);
  timer('plannedBackups', settings.plansSchedule, timers.plannedBackups);
  route('startBackup', startBackup(app.backups), { client: true });
  route('cancelRun', cancelRun(app.backups));
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

  activity('openEstateRun', activities);
  activity('claimVault', activities, { client: true });
  activity('prepareSealing', activities);
  activity('takeInventory', activities);
  activity('backUpObjects', activities);
  activity('closeSnapshot', activities);
  activity('finishRun', activities, { client: true });
  activity('finishEstateRun', activities);
}
