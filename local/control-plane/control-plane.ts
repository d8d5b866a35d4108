import { type Server } from 'node:http';
import { type JsonRoute } from '../http/json-routes';
import { type TokenIssuer } from '../identity/token-issuer';
import { type VaultRegistry } from '../vault-service/vaults';
import { controlPlaneRoutes } from './control-routes';
import { ArmFaults } from './gate/arm-faults';
import { ArmRequestLog } from './gate/arm-request-log';
import { createResourceManager } from './resource-manager';
import { authorizationOperations } from './resources/authorization';
import { extensionOperations } from './resources/extensions';
import { storageOperations } from './resources/storage-accounts';
import { vaultOperations } from './resources/vaults';
import { RoleBasedAccess } from './role-based-access';
import { DocumentStore } from './store';

/** The stack's stand-in for Azure Resource Manager. */
interface ControlPlane {
  /** The server, not listening yet. */
  server: Server;
  /** What tests and the stack order, for the control listener of the process that it runs in. */
  routes: JsonRoute[];
  close(): void;
}

/**
 * Assembles the control plane over the vaults of this process. What it knows beyond them is kept in the folder `dataDir` and survives a
 * hard kill; faults, latency and the request log are not kept.
 */
export function assembleControlPlane(dataDir: string, vaults: VaultRegistry, issuer: TokenIssuer): ControlPlane {
  const store = new DocumentStore(dataDir);
  const parts = {
    vaults,
    store,
    access: new RoleBasedAccess(store),
    faults: new ArmFaults(),
    log: new ArmRequestLog(),
  };
  const operations = [
    ...vaultOperations(parts),
    ...authorizationOperations(parts),
    ...extensionOperations(parts),
    ...storageOperations(store),
  ];
  return {
    server: createResourceManager({ ...parts, issuer, operations }),
    routes: controlPlaneRoutes(parts),
    close: () => {
      store.close();
    },
  };
}
