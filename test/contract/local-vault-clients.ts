import { VaultClients } from '../../src/vault/vault-clients';
import { type LocalVaults } from '../local/vault-service/local-vaults';
import { hurriedTiming } from '../unit/vault/manual-timing';

/** The app's clients for a local vault service, as its owner; pauses take a hundredth of their time. */
export function clientsOf(vaults: LocalVaults): VaultClients {
  return new VaultClients({
    credential: vaults.credential(),
    gateway: vaults.endpoints.vaultGateway,
    budgetShare: 1,
    maxInstances: 1,
    timing: hurriedTiming,
  });
}
