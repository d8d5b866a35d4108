import { JsonClient } from '../../local/stack/json-client';
import { GEOGRAPHY, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { startStack } from '../../local/stack/start-stack';
import { type Closing } from '../closing';
import { type Narrator } from '../narrator';
import { vaultUrl } from '../person';
import { type Scene, SEED, SOURCE_VAULT } from '../scene';
import { StrongroomCli } from '../strongroom-cli';

/** Brings up a stack that leaves nothing behind, and whose app protects the demo's vault. */
export async function startScene(narrator: Narrator, closing: Closing): Promise<Scene> {
  const protectedVault = { url: vaultUrl(SOURCE_VAULT), subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY };
  const starting = startStack({
    ephemeral: true,
    seed: SEED,
    estate: 'empty',
    // The schedule's own backup at two o'clock would come between those of the demo.
    host: { modes: { timers: false } },
    settings: { PROTECTED_VAULTS: JSON.stringify([protectedVault]) },
  });
  // Handed over before it is up: who interrupts the start leaves nothing behind either.
  closing.add(async () => {
    const stack = await starting.catch(() => undefined);
    await stack?.stop();
  });
  const stack = await starting;
  const { endpoints } = stack;
  narrator.shown(`Functions host with the compiled app  ${endpoints.api}`);
  narrator.shown(`Key Vaults and identity               ${endpoints.vaultGateway}`);
  narrator.shown(`write-once storage                    ${endpoints.blob}`);
  return {
    stack,
    cli: new StrongroomCli(endpoints.api, endpoints.token),
    ground: {
      vaultService: new JsonClient(`${endpoints.control}/vault-service`),
      vaultGateway: endpoints.vaultGateway,
    },
  };
}
