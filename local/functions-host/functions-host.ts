import { randomUUID } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { type StackClock } from '../clock/stack-clock';
import { type RunningPart, StackStartError } from '../process/stack-process';
import { BackgroundTriggers } from './background-triggers';
import { FunctionsCore } from './core/functions-core';
import { Invoker } from './core/invoker';
import { type DurableEndpoints, durableClientBinding, WEBHOOK_PATH } from './durable/client-binding';
import { DurableHttpApi } from './durable/durable-http-api';
import { HubStore } from './durable/hub-store';
import { OrchestrationEngine } from './durable/orchestration-engine';
import { TaskHub } from './durable/task-hub';
import { type HostConfig, type HostJson, readHostJson } from './host-config';
import { HostLogFile } from './host-log';
import { AdminEndpoints } from './http/admin-endpoints';
import { FunctionKeys } from './http/function-keys';
import { HostServer } from './http/host-server';
import { type HttpCall, pathSegments, sendAnswer } from './http/http-call';
import { HttpTriggers } from './http/http-trigger';
import { openStateDatabase } from './state-database';
import { checkSupported } from './supported-bindings';
import { makeFolder } from '../process/make-folder';

const STOP_LIMIT_MS = 10_000;

/** The folder and files of one host, opened. */
interface Ground {
  config: HostConfig;
  hostJson: HostJson;
  clock: StackClock;
  log: HostLogFile;
  database: DatabaseSync;
  server: HostServer;
}

/** The parts that run the app. */
interface Running {
  core: FunctionsCore;
  engine: OrchestrationEngine;
  background: BackgroundTriggers;
}

/**
 * Starts the host: loads the app, resumes its orchestrations, serves its triggers.
 * @throws {StackStartError} with what to do about it
 */
export async function startFunctionsHost(config: HostConfig, clock: StackClock): Promise<RunningPart> {
  const hostJson = readHostJson(config.hostJson);
  makeDataDir(config.dataDir);
  const level = hostJson.logging.logLevel['default'] ?? 'Information';
  const log = new HostLogFile(join(config.dataDir, 'host.log'), clock, level);
  logNodeReports(log);
  const database = openStateDatabase(config.dataDir);
  const server = new HostServer(log);
  const port = await server.listen(config.port);
  const origin = `http://127.0.0.1:${port}`;
  const ground: Ground = { config, hostJson, clock, log, database, server };
  const running = await startApp(ground, origin);
  log.write('information', 'Host', `Started with ${running.core.functions.size} functions at ${origin}`);
  return { endpoints: { api: origin }, stop: () => stopHost(ground, running) };
}

async function startApp(ground: Ground, origin: string): Promise<Running> {
  const { config, hostJson, clock, log, database, server } = ground;
  const { durableTask, queues, http } = hostJson.extensions;
  setHostEnvironment(new URL(origin).host);
  const endpoints: DurableEndpoints = {
    origin,
    hubName: durableTask.hubName,
    key: config.functionKey,
    rpcPath: `/durabletask/${randomUUID()}`,
  };
  const core = new FunctionsCore((logLevel, category, message) => {
    log.write(logLevel, category, message);
  });
  const invoker = new Invoker(core, log, (type) =>
    /^(durable|orchestration)Client$/.test(type) ? durableClientBinding(endpoints) : undefined,
  );
  await loadApp(core, config.entry, log);
  const store = new HubStore(database);
  const activityConcurrency = durableTask.maxConcurrentActivityFunctions;
  const parts = { core, invoker, clock, log, store, modes: config.modes, activityConcurrency };
  const engine = new OrchestrationEngine(parts);
  const settings = process.env;
  const background = new BackgroundTriggers({ core, invoker, clock, log, database, settings, queueSettings: queues });
  const keys = new FunctionKeys(config.functionKey);
  const triggers = new HttpTriggers(core, invoker, keys, http.routePrefix);
  const durable = new DurableHttpApi(new TaskHub(core, store, engine, clock), endpoints);
  const admin = new AdminEndpoints(
    { core, runByHand: (fn, input) => background.runByHand(fn, input), counters: () => engine.counters },
    keys,
  );
  server.open((call, response) => dispatch({ endpoints, keys, triggers, durable, admin }, call, response));
  await engine.recover();
  background.start(config.modes.timers);
  return { core, engine, background };
}

interface Surfaces {
  endpoints: DurableEndpoints;
  keys: FunctionKeys;
  triggers: HttpTriggers;
  durable: DurableHttpApi;
  admin: AdminEndpoints;
}

async function dispatch(surfaces: Surfaces, call: HttpCall, response: ServerResponse): Promise<void> {
  const { endpoints, keys, triggers, durable, admin } = surfaces;
  const path = call.url.pathname;
  const below = (prefix: string): string[] | undefined =>
    path.startsWith(`${prefix}/`) ? pathSegments(path.slice(prefix.length)) : undefined;
  const rpc = below(endpoints.rpcPath);
  if (rpc) {
    sendAnswer(response, durable.answer(call, rpc));
    return;
  }
  const webhook = below(WEBHOOK_PATH);
  if (webhook) {
    sendAnswer(response, keys.admits(call) ? durable.answer(call, webhook) : { status: 401 });
    return;
  }
  const adminPath = below('/admin');
  if (adminPath) sendAnswer(response, admin.answer(call, adminPath));
  else await triggers.serve(call, response);
}

async function loadApp(core: FunctionsCore, entry: string, log: HostLogFile): Promise<void> {
  core.install();
  try {
    await core.load(entry);
  } catch (cause) {
    log.write('critical', 'Host', (cause as Error).stack ?? String(cause));
    throw new StackStartError('app_failed', `The app ${entry} does not start: ${(cause as Error).message}`, { cause });
  }
  for (const fn of core.functions.values()) checkSupported(fn);
}

/** What a Functions host tells its app about itself; the rest of the environment is the app's settings. */
function setHostEnvironment(hostname: string): void {
  process.env['WEBSITE_HOSTNAME'] = hostname;
  process.env['FUNCTIONS_WORKER_RUNTIME'] = 'node';
  const direct = [process.env['NO_PROXY'], '127.0.0.1', 'localhost'].filter(
    (part) => part !== undefined && part !== '',
  );
  process.env['NO_PROXY'] = direct.join(',');
}

function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (cause) {
    const text = `The folder ${dataDir} cannot be made or used: ${(cause as Error).message}`;
    throw new StackStartError('data_unusable', text, { cause });
  }
}

/**
 * What Node itself reports goes into the log: warnings, of which the one about `node:sqlite` is known, and the exception
 * that ends the process, as a promise of the app that nobody awaits may do.
 */
function logNodeReports(log: HostLogFile): void {
  process.on('uncaughtExceptionMonitor', (error) => {
    log.write('critical', 'Host', error.stack ?? error.message);
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (!/SQLite is an experimental feature/.test(warning.message))
      log.write('warning', 'Node', warning.stack ?? warning.message);
  });
}

/**
 * Lets running functions finish before the server closes, for they may use their durable client; what is accepted
 * meanwhile is kept for the next process.
 */
async function stopHost(ground: Ground, { core, engine, background }: Running): Promise<void> {
  const timer = new AbortController();
  const limit = delay(STOP_LIMIT_MS, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([Promise.all([background.stop(), engine.stop()]), limit]);
  await ground.server.close(limit);
  timer.abort();
  await core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData });
  engine.close();
  ground.log.write('information', 'Host', 'Stopped');
  ground.database.close();
  ground.log.close();
}
