import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../local/stack/estate';
import { type Stack } from '../local/stack/start-stack';

/** The vault that is measured. */
export const MEASURED_VAULT = 'bench-measured';

/** A small vault of its own, so that warming up uses nothing of the other one's budget. */
export const WARM_UP_VAULT = 'bench-warm-up';

const WARM_UP_OBJECTS = 200;
const VERSIONS = 2;

/** Vaults are mostly secrets. */
const KEYS_SHARE = 0.1;

/** The setting PROTECTED_VAULTS with both vaults. */
export function protectedVaults(): string {
  return JSON.stringify(
    [MEASURED_VAULT, WARM_UP_VAULT].map((name) => ({
      url: `https://${name}.vault.azure.net`,
      subscriptionId: SUBSCRIPTION_ID,
      geography: GEOGRAPHY,
    })),
  );
}

/** Makes and fills both vaults, with Key Vault's own limits. Only then the latency begins, of every vault. */
export async function makeVaults({ control }: Stack, objects: number, latencyMs: number): Promise<void> {
  for (const [name, size] of [
    [MEASURED_VAULT, objects],
    [WARM_UP_VAULT, Math.min(objects, WARM_UP_OBJECTS)],
  ] as const) {
    await control.put(`/vault-service/vaults/${name}`, { subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY });
    await control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault: name, actions: SOURCE_ACTIONS });
    const keys = Math.floor(size * KEYS_SHARE);
    const generate = { secrets: size - keys, keys, versions: VERSIONS };
    await control.post(`/vault-service/vaults/${name}/seed`, { generate });
  }
  await control.put('/vault-service/latency', { ms: latencyMs });
}
