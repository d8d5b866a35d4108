import { JsonRefusal } from '../../http/json-refusal';
import { type JsonRoute } from '../../http/json-routes';
import { ok } from '../../http/json-server';
import { type Seeder } from '../seeding/seeder';
import { seedRequest } from '../seeding/seed-request';
import { type ObjectStore } from '../store/object-store';
import { isVaultName, type Vault, type VaultRegistry, vaultSettings } from '../vaults';

/** What these routes act on. */
export interface VaultRouteParts {
  vaults: VaultRegistry;
  store: ObjectStore;
  seeder: Seeder;
}

function existing(vaults: VaultRegistry, name: string | undefined): Vault {
  const vault = vaults.get(name ?? '');
  if (vault === undefined) throw new JsonRefusal(404, 'vault_not_found', `There is no vault "${name ?? ''}".`);
  return vault;
}

/** Control over vaults: making, changing, filling and removing them. */
export function vaultRoutes({ vaults, store, seeder }: VaultRouteParts): JsonRoute[] {
  return [
    { method: 'GET', path: '/vaults', handle: () => ok({ vaults: vaults.all() }) },
    { method: 'GET', path: '/vaults/{name}', handle: ({ params }) => ok(existing(vaults, params.name)) },
    {
      method: 'PUT',
      path: '/vaults/{name}',
      handle: ({ params, body }) => {
        const name = params.name ?? '';
        if (!isVaultName(name)) throw new JsonRefusal(400, 'invalid_request', `"${name}" is no name for a vault.`);
        return ok(vaults.put(name, vaultSettings.parse(body)));
      },
    },
    {
      method: 'DELETE',
      path: '/vaults/{name}',
      handle: ({ params }) => {
        const { name } = existing(vaults, params.name);
        store.removeVault(name);
        vaults.remove(name);
        return ok({});
      },
    },
    {
      method: 'POST',
      path: '/vaults/{name}/seed',
      handle: async ({ params, body }) =>
        ok(await seeder.fill(existing(vaults, params.name).name, seedRequest.parse(body))),
    },
  ];
}
