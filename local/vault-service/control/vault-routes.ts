import { type Seeder } from '../seeding/seeder';
import { seedRequest } from '../seeding/seed-request';
import { type ObjectStore } from '../store/object-store';
import { isVaultName, type Vault, type VaultRegistry, vaultSettings } from '../vaults';
import { ControlError, type ControlRoute } from './control-server';

/** What these routes act on. */
export interface VaultRouteParts {
  vaults: VaultRegistry;
  store: ObjectStore;
  seeder: Seeder;
}

function existing(vaults: VaultRegistry, name: string | undefined): Vault {
  const vault = vaults.get(name ?? '');
  if (vault === undefined) throw new ControlError(404, 'vault_not_found', `There is no vault "${name ?? ''}".`);
  return vault;
}

/** Control over vaults: making, changing, filling and removing them. */
export function vaultRoutes({ vaults, store, seeder }: VaultRouteParts): ControlRoute[] {
  return [
    { method: 'GET', path: 'vaults', handle: () => ({ vaults: vaults.all() }) },
    { method: 'GET', path: 'vaults/{name}', handle: ({ parameters }) => existing(vaults, parameters.name) },
    {
      method: 'PUT',
      path: 'vaults/{name}',
      handle: ({ parameters, parse }) => {
        const name = parameters.name ?? '';
        if (!isVaultName(name)) throw new ControlError(400, 'invalid_request', `"${name}" is no name for a vault.`);
        return vaults.put(name, parse(vaultSettings));
      },
    },
    {
      method: 'DELETE',
      path: 'vaults/{name}',
      handle: ({ parameters }) => {
        const { name } = existing(vaults, parameters.name);
        store.removeVault(name);
        vaults.remove(name);
        return {};
      },
    },
    {
      method: 'POST',
      path: 'vaults/{name}/seed',
      handle: ({ parameters, parse }) => seeder.fill(existing(vaults, parameters.name).name, parse(seedRequest)),
    },
  ];
}
