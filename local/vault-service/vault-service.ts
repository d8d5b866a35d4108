import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { type DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type StackClock } from '../clock/stack-clock';
import { type Identity, startIdentity } from '../identity/identity';
import { closeServer, listenOnLoopback } from '../identity/json-server';
import { makeFolder } from '../process/make-folder';
import { type RunningPart, StackStartError, tellSupervisor } from '../process/stack-process';
import { disturbanceRoutes, identityRoutes, roleRoutes } from './control/control-routes';
import { createControlServer } from './control/control-server';
import { vaultRoutes } from './control/vault-routes';
import { BackupSealer } from './cryptography/backup-blob';
import { Faults } from './disturbances/faults';
import { Latency } from './disturbances/latency';
import { RequestLog } from './disturbances/request-log';
import { Tripwires } from './disturbances/tripwires';
import { Authentication } from './gateway/authentication';
import { Gateway } from './gateway/gateway';
import { Throttle } from './gateway/throttle';
import { certificateOperations } from './kinds/certificates';
import { keyOperations } from './kinds/keys';
import { secretOperations } from './kinds/secrets';
import { RoleAssignments } from './role-assignments';
import { Seeder } from './seeding/seeder';
import { keptFact, openDatabase } from './store/database';
import { ObjectStore } from './store/object-store';
import { VaultRegistry } from './vaults';

const port = z.int().min(0).max(65535);

/** How the supervisor starts this process. Port 0 takes a free one; `seed` decides everything generated or left to chance. */
const vaultServiceConfig = z.strictObject({
  dataDir: z.string().min(1),
  ports: z.strictObject({ vaults: port, identity: port, control: port }),
  seed: z.int().default(1),
});

export type VaultServiceConfig = z.input<typeof vaultServiceConfig>;

function assemble(database: DatabaseSync, identity: Identity, clock: StackClock, seed: number) {
  const store = new ObjectStore(database);
  const root = keptFact(database, 'backup-root', () => randomBytes(32).toString('hex'));
  const kinds = { store, clock, sealer: new BackupSealer(Buffer.from(root, 'hex')) };
  const parts = {
    clock,
    store,
    vaults: new VaultRegistry(database),
    roles: new RoleAssignments(database),
    authentication: new Authentication(identity.issuer, clock),
    throttle: new Throttle(),
    faults: new Faults(seed),
    tripwires: new Tripwires((id) => {
      tellSupervisor({ type: 'tripwire', id });
    }),
    latency: new Latency(),
    log: new RequestLog(),
    operations: [...secretOperations(kinds), ...keyOperations(kinds), ...certificateOperations()],
  };
  const seeder = new Seeder({ database, store, clock }, seed);
  const rules = { ...parts, identity };
  const control = createControlServer([
    ...vaultRoutes({ ...parts, seeder }),
    ...roleRoutes(rules),
    ...identityRoutes(rules),
    ...disturbanceRoutes(rules),
  ]);
  return { gateway: new Gateway(parts), control };
}

async function claim<T>(what: string, wanted: number, listen: Promise<T>): Promise<T> {
  try {
    return await listen;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE') throw error;
    throw new StackStartError('port_in_use', `Port ${wanted} for ${what} is in use. Choose another one.`, {
      cause: error,
    });
  }
}

function requireWritable(dataDir: string): void {
  try {
    makeFolder(dataDir);
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    const message = `The data folder ${dataDir} cannot be written to. Choose another one, or change its rights.`;
    throw new StackStartError('data_folder_unwritable', message, { cause: error });
  }
}

/**
 * Starts vaults, identity and control, each on a loopback port of its own. Everything acknowledged is under `dataDir` and is
 * there again after a restart or a kill; faults, tripwires, latency and the request log are not kept.
 */
export async function startVaultService(config: unknown, clock: StackClock): Promise<RunningPart> {
  const { dataDir, ports, seed } = vaultServiceConfig.parse(config);
  requireWritable(dataDir);
  const identity = await claim('identity', ports.identity, startIdentity({ dataDir, port: ports.identity }, clock));
  const database = openDatabase(dataDir);
  const { gateway, control } = assemble(database, identity, clock, seed);
  const stop = async (): Promise<void> => {
    await Promise.all([closeServer(gateway.server), control.close(), identity.stop()]);
    database.close();
  };
  try {
    const vaultGateway = await claim('the vaults', ports.vaults, listenOnLoopback(gateway.server, ports.vaults));
    const controlUrl = await claim('control', ports.control, control.listen(ports.control));
    const endpoints = { vaultGateway, identity: identity.url, identityHeader: identity.header, control: controlUrl };
    return { endpoints, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
