import { app, type HttpHandler, type HttpMethod } from '@azure/functions';
import * as df from 'durable-functions';
import { createActivities } from './activities/all-activities';
import { type ActivityHandlers } from './activities/handler';
import { createAdapters } from './adapters';
import { systemClock } from './clock';
import { type ActivityName } from './contracts/activities';
import { type Tier } from './contracts/objects';
import { type OrchestrationName } from './contracts/orchestrations';
import { type BackupOperations, cancelRun, startBackup } from './functions/backups-http';
import { backupTimer } from './functions/backup-timers';
import { getRun, getSnapshot, health, listObjects, listRuns, listSnapshots } from './functions/queries-http';
import { runActivity } from './functions/run-activity';
import { cancelRun as requestCancel } from './operations/cancel-run';
import { createViews } from './operations/show-runs';
import { startManualBackup, startScheduledBackup } from './operations/start-backup';
import { backUpEstate } from './orchestrations/back-up-estate';
import { backUpPage } from './orchestrations/back-up-page';
import { backUpVault } from './orchestrations/back-up-vault';
import { producerVersion } from './producer';
import { readSettings } from './settings';

// The table of contents: settings once, clients once, then every function of the app.

const settings = readSettings();
const adapters = createAdapters(settings);
const { ledger } = adapters;
const { schedules, retention, tuning } = settings;
const common = {
  ...ledger,
  schedules,
  retention,
  tuning,
  clock: systemClock,
  vaults: new Map(settings.vaults.map((vault) => [vault.shortName, vault])),
};

const views = createViews(ledger);
const backups: BackupOperations = {
  start: (orchestrations, request) => startManualBackup(common, orchestrations, request),
  cancel: (id) => requestCancel(common, id),
  show: (id) => views.run(id),
};

route('health', 'GET', 'health', health(), { authLevel: 'anonymous' });

if (settings.duties.has('operate')) {
  route('listRuns', 'GET', 'runs', listRuns(views));
  route('getRun', 'GET', 'runs/{id}', getRun(views));
  route('listRunObjects', 'GET', 'runs/{id}/objects', listObjects(views));
  route('listSnapshots', 'GET', 'snapshots', listSnapshots(views));
  route('getSnapshot', 'GET', 'snapshots/{id}', getSnapshot(views));
}

if (settings.duties.has('protect')) {
  timer('dailyBackup', 'daily');
  timer('monthlyBackup', 'monthly');
  route('startBackup', 'POST', 'backups', startBackup(backups), { client: true });
  route('cancelRun', 'POST', 'runs/{id}/cancel', cancelRun(backups));

  orchestration('backUpEstate', backUpEstate);
  orchestration('backUpVault', backUpVault);
  orchestration('backUpPage', backUpPage);

  const handlers = createActivities({ ...adapters, ...common, version: producerVersion() });
  activity('openEstateRun', handlers);
  activity('claimVault', handlers, { client: true });
  activity('prepareSealing', handlers);
  activity('takeInventory', handlers);
  activity('backUpObjects', handlers);
  activity('closeSnapshot', handlers);
  activity('finishRun', handlers);
  activity('finishEstateRun', handlers);
}

function route(
  name: string,
  method: HttpMethod,
  path: string,
  handler: HttpHandler,
  { authLevel = 'function', client = false }: { authLevel?: 'anonymous' | 'function'; client?: boolean } = {},
): void {
  app.http(name, {
    methods: [method],
    route: path,
    authLevel,
    extraInputs: client ? [df.input.durableClient()] : [],
    handler,
  });
}

function timer(name: string, tier: Tier): void {
  const handler = backupTimer(tier, (...call) => startScheduledBackup(common, ...call));
  app.timer(name, { schedule: schedules[tier], extraInputs: [df.input.durableClient()], handler });
}

function orchestration(name: OrchestrationName, generator: df.OrchestrationHandler): void {
  df.app.orchestration(name, generator);
}

function activity(name: ActivityName, handlers: ActivityHandlers, { client = false } = {}): void {
  df.app.activity(name, {
    extraInputs: client ? [df.input.durableClient()] : [],
    handler: runActivity(name, handlers[name]),
  });
}
