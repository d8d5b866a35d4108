import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../local/stack/estate';
import { type Stack } from '../local/stack/start-stack';
import { type BenchOptions } from './bench-options';

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

/** Makes and fills both vaults, with Key Vault's own limits and the same mixture. Only then the latency begins, of every vault. */
export async function makeVaults({ control }: Stack, options: BenchOptions): Promise<void> {
  const { objects } = options;
  for (const [name, size] of [
    [MEASURED_VAULT, objects],
    [WARM_UP_VAULT, Math.min(objects, WARM_UP_OBJECTS)],
  ] as const) {
    await control.put(`/vault-service/vaults/${name}`, { subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY });
    await control.put('/vault-service/roles', { principal: APP_PRINCIPAL.oid, vault: name, actions: SOURCE_ACTIONS });
    const certificates = Math.floor((size * options.certificates) / objects);
    const keys = Math.floor((size - certificates) * KEYS_SHARE);
    const generate = { secrets: size - certificates - keys, keys, certificates, versions: VERSIONS };
    await control.post(`/vault-service/vaults/${name}/seed`, { generate });
  }
  await control.put('/vault-service/latency', { ms: options.latency });
}

/** From now on that share of the calls of the measured vault fails: half with a 500, half by a connection that is torn after the work was done. */
export async function spoilCalls({ control }: Stack, faults: number): Promise<void> {
  if (faults === 0) return;
  for (const kind of ['500', 'torn']) {
    await control.post('/vault-service/faults', { kind, vault: MEASURED_VAULT, operation: '*', share: faults / 2 });
  }
}
