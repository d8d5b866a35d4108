import { join } from 'node:path';
import { PROJECT_ROOT } from '../project-root';
import { type Listener } from '../http/loopback';
import { type StorageUrls, accountConnection, protectConnections, readerConnection } from '../storage/connections';
import { appSettings, archiveContainers, merged } from './app-settings';
import { startControl } from './control-server';
import { DataFolder } from './data-folder';
import { ARCHIVE_RESOURCE_ID, type Estate, joinPlanes, makeEstate, makeStorage, operatorTokens } from './estate';
import { HostKiller } from './host-killer';
import { JsonClient } from './json-client';
import { RunningStack } from './running-stack';
import { type Stack, type StackEndpoints, type StackOptions } from './stack';
import { StackParts, requireBuilt } from './stack-parts';
import { type Ports, choosePorts, portOf } from './stack-ports';

export type { Stack, StackEndpoints, StackOptions } from './stack';

const EVENTS_QUEUE = 'strongroom-events';
// As a deployment subscribes: a snapshot exists once its manifest does, and an event for each of its items would only be work for all.
const EVENTS_OF = '/manifest.jws';

/**
 * Starts the whole stack, or what an earlier one left in the folder, and settles when all of it is ready. Nothing is left
 * behind when it fails.
 * @throws {StackStartError} with a text for the person at the terminal
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const hostFiles = filesOfHost(options);
  const folder = await DataFolder.open(options.dataDir, options.ephemeral ?? false);
  const killer = new HostKiller();
  const parts = new StackParts(folder, {
    onTripwire: (id) => {
      killer.struck(id);
    },
    onLost: (name, how) => options.onLost?.(name, how),
  });
  let control: Listener | undefined;
  try {
    const ports = await choosePorts(options.ports ?? {}, folder.state.ports);
    const ground = await startGround(folder, parts, ports, options);
    const stack: { is?: RunningStack } = {};
    const running = (): Stack => {
      if (!stack.is) throw new Error('The stack is not up yet.');
      return stack.is;
    };
    control = await startControl(ports.control, running, {
      '/vault-service/': () => ground.vaultControl.base,
      '/storage/': () => ground.storageControl.base,
    });
    stack.is = assemble({ folder, parts, killer, ports, ground, control, hostFiles, options });
    if (hostFiles) await stack.is.startHost();
    stack.is.rememberPorts();
    return stack.is;
  } catch (error) {
    await control?.close();
    await parts.stopAll();
    folder.close();
    throw error;
  }
}

/** What runs before the control listener and the host do. */
interface Ground {
  urls: StorageUrls;
  vaultGateway: string;
  identity: string;
  identityHeader: string;
  controlPlane: string;
  vaultControl: JsonClient;
  storageControl: JsonClient;
  estate: Estate;
  token: string;
  managementToken: string;
}

interface HostFiles {
  entry: string;
  hostJson: string;
}

interface Assembly {
  folder: DataFolder;
  parts: StackParts;
  killer: HostKiller;
  ports: Ports;
  ground: Ground;
  control: Listener;
  hostFiles: HostFiles | undefined;
  options: StackOptions;
}

function filesOfHost({ host }: StackOptions): HostFiles | undefined {
  if (host === false) return undefined;
  const files = {
    entry: host?.entry ?? join(PROJECT_ROOT, 'dist', 'main.js'),
    hostJson: host?.hostJson ?? join(PROJECT_ROOT, 'host.json'),
  };
  requireBuilt(files.entry);
  return files;
}

async function startGround(
  folder: DataFolder,
  parts: StackParts,
  ports: Ports,
  options: StackOptions,
): Promise<Ground> {
  const seed = options.seed ?? 1;
  const containers = archiveContainers(options.settings ?? {});
  const { storage, vaults } = await parts.startAll({
    storage: {
      dataDir: folder.folder('storage'),
      inMemory: folder.isTemporary,
      ports: { blob: ports.blob, queue: ports.queue, table: ports.table, control: ports.storageControl },
      events: {
        queue: EVENTS_QUEUE,
        containers: containers.map(({ name }) => name),
        subjectEndsWith: EVENTS_OF,
      },
    },
    vaults: vaultConfig(folder, ports, seed),
  });
  const { blob = '', queue = '', table = '', storageControl = '' } = storage ?? {};
  const { vaultGateway = '', identity = '', identityHeader = '', control = '', controlPlane = '' } = vaults ?? {};
  const urls = { blob, queue, table };
  const clients = { vaultControl: new JsonClient(control), storageControl: new JsonClient(storageControl) };
  const known = folder.state.estate;
  const [estate] = await Promise.all([
    known ?? makeEstate(options.estate ?? 'sample', { vaultService: clients.vaultControl, vaultGateway, seed }),
    makeStorage(clients.storageControl, urls, containers),
    joinPlanes(clients.vaultControl, { control: storageControl, blob }),
  ]);
  folder.remember({ estate });
  const tokens = await operatorTokens(clients.vaultControl);
  // What a deployment does is not to be counted as the app's work.
  await Promise.all([clients.storageControl.delete('/requests'), clients.vaultControl.delete('/requests')]);
  return { urls, vaultGateway, identity, identityHeader, controlPlane, ...clients, estate, ...tokens };
}

/** The vault service's configuration, on given ports. */
function vaultConfig(folder: DataFolder, ports: Ports, seed: number): object {
  const { vaults, identity, vaultControl, controlPlane } = ports;
  return { dataDir: folder.folder('vaults'), ports: { vaults, identity, control: vaultControl, controlPlane }, seed };
}

function assemble({ folder, parts, killer, ports, ground, control, hostFiles, options }: Assembly): RunningStack {
  const account = accountConnection(ground.urls);
  const duty = protectConnections(ground.urls);
  const { vaultGateway, identity, identityHeader, controlPlane, vaultControl, storageControl } = ground;
  const endpoints: StackEndpoints = {
    api: '',
    token: ground.token,
    functionKey: folder.state.functionKey,
    vaultGateway,
    ...ground.urls,
    identity,
    controlPlane,
    managementToken: ground.managementToken,
    archiveResourceId: ARCHIVE_RESOURCE_ID,
    control: control.url,
    data: folder.path,
    identityHeader,
    connections: { account, reader: readerConnection(ground.urls), ...duty },
  };
  const settled: Ports = {
    ...ports,
    control: portOf(control.url),
    vaults: portOf(vaultGateway),
    identity: portOf(identity),
    vaultControl: portOf(vaultControl.base),
    controlPlane: portOf(controlPlane),
    blob: portOf(ground.urls.blob),
    queue: portOf(ground.urls.queue),
    table: portOf(ground.urls.table),
    storageControl: portOf(storageControl.base),
  };
  killer.equip({
    controls: { 'vault-service': vaultControl, storage: storageControl },
    kill: () => parts.kill('host', 'SIGKILL'),
  });
  return new RunningStack({
    folder,
    parts,
    killer,
    control,
    endpoints,
    ports: settled,
    hostFiles,
    modes: (options.host !== false ? options.host?.modes : undefined) ?? {},
    settings: merged(appSettings({ ...ground, duty, account }), options.settings ?? {}),
    vaultConfig: vaultConfig(folder, settled, options.seed ?? 1),
  });
}
