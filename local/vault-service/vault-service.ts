import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { type Server } from 'node:http';
import { type DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type StackClock } from '../clock/stack-clock';
import { assembleControlPlane } from '../control-plane/control-plane';
import { JsonRefusal } from '../http/json-refusal';
import { answersFrom } from '../http/json-routes';
import { createJsonServer } from '../http/json-server';
import { type Listener, listenOnLoopback } from '../http/loopback';
import { type Identity, startIdentity } from '../identity/identity';
import { makeFolder } from '../process/make-folder';
import { type RunningPart, StackStartError, tellSupervisor } from '../process/stack-process';
import { disturbanceRoutes, identityRoutes, roleRoutes } from './control/control-routes';
import { vaultRoutes } from './control/vault-routes';
import { BackupSealer } from './cryptography/backup-blob';
import { Faults } from './disturbances/faults';
import { Latency } from './disturbances/latency';
import { RequestLog } from './disturbances/request-log';
import { Tripwires } from './disturbances/tripwires';
import { Authentication } from './gateway/authentication';
import { Gateway } from './gateway/gateway';
import { Throttle } from './gateway/throttle';
import { CertificateIssuers } from './kinds/certificate-issuers';
import { certificateOperations } from './kinds/certificates';
import { keyOperations } from './kinds/keys';
import { PendingCertificates } from './kinds/pending-certificate';
import { secretOperations } from './kinds/secrets';
import { RoleAssignments } from './role-assignments';
import { Seeder } from './seeding/seeder';
import { CertificateStore } from './store/certificate-store';
import { keptFact, openDatabase } from './store/database';
import { ObjectStore } from './store/object-store';
import { VaultRegistry } from './vaults';

const port = z.int().min(0).max(65535);

/** How the supervisor starts this process. Port 0 takes a free one; `seed` decides everything generated or left to chance. */
const vaultServiceConfig = z.strictObject({
  dataDir: z.string().min(1),
  ports: z.strictObject({ vaults: port, identity: port, control: port, controlPlane: port.default(0) }),
  seed: z.int().default(1),
});

export type VaultServiceConfig = z.input<typeof vaultServiceConfig>;

function assemble(
  database: DatabaseSync,
  identity: Identity,
  clock: StackClock,
  { dataDir, seed }: { dataDir: string; seed: number },
) {
  const store = new ObjectStore(database);
  const root = keptFact(database, 'backup-root', () => randomBytes(32).toString('hex'));
  const kinds = { store, clock, sealer: new BackupSealer(Buffer.from(root, 'hex')) };
  const vaults = new VaultRegistry(database);
  const certificateStore = new CertificateStore(database);
  const certificates = certificateOperations({
    ...kinds,
    pending: new PendingCertificates(certificateStore),
    issuers: new CertificateIssuers(certificateStore, () => clock.now()),
    vaultOf: (name) => vaults.get(name),
  });
  const parts = {
    clock,
    store,
    vaults,
    roles: new RoleAssignments(database),
    authentication: new Authentication(identity.issuer, clock),
    throttle: new Throttle(),
    faults: new Faults(seed),
    tripwires: new Tripwires((id) => {
      tellSupervisor({ type: 'tripwire', id });
    }),
    latency: new Latency(),
    log: new RequestLog(),
    operations: [...secretOperations(kinds), ...keyOperations(kinds), ...certificates.operations],
    pending: certificates.requests,
  };
  const seeder = new Seeder({ database, store, clock }, seed);
  const rules = { ...parts, identity };
  const controlPlane = assembleControlPlane(dataDir, parts.vaults, identity.issuer);
  const routes = [
    ...vaultRoutes({ ...parts, seeder }),
    ...roleRoutes(rules),
    ...identityRoutes(rules),
    ...disturbanceRoutes(rules),
    ...controlPlane.routes,
  ];
  return { gateway: new Gateway(parts), controlPlane, control: createJsonServer(answersFrom(routes, noSuchRoute)) };
}

function noSuchRoute(method: string, path: string): JsonRefusal {
  return new JsonRefusal(404, 'no_such_route', `There is no ${method} ${path}; see local/vault-service/README.md.`);
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
 * Starts vaults, identity, control plane and control, each on a loopback port of its own. Everything acknowledged is under `dataDir` and is
 * there again after a restart or a kill; faults, tripwires, latency and the request log are not kept.
 */
export async function startVaultService(config: unknown, clock: StackClock): Promise<RunningPart> {
  const { dataDir, ports, seed } = vaultServiceConfig.parse(config);
  requireWritable(dataDir);
  const identity = await startIdentity({ dataDir, port: ports.identity }, clock);
  const database = openDatabase(dataDir);
  const { gateway, controlPlane, control } = assemble(database, identity, clock, { dataDir, seed });
  const listeners: Listener[] = [];
  const listen = async (server: Server, port: number, purpose: string): Promise<string> => {
    const listener = await listenOnLoopback(server, port, purpose);
    listeners.push(listener);
    return listener.url;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...listeners.map((listener) => listener.close()), identity.stop()]);
    database.close();
    controlPlane.close();
  };
  try {
    const vaultGateway = await listen(gateway.server, ports.vaults, 'vaults');
    const controlUrl = await listen(control, ports.control, 'vault control');
    const arm = await listen(controlPlane.server, ports.controlPlane, 'control plane');
    const endpoints = {
      vaultGateway,
      identity: identity.url,
      identityHeader: identity.header,
      control: controlUrl,
      controlPlane: arm,
    };
    return { endpoints, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
