import { JsonClient } from '../../local/stack/json-client';
import { startStack } from '../../local/stack/start-stack';
import { type Closing } from '../closing';
import { type Narrator } from '../narrator';
import { makeOfflineKey } from '../offline-key';
import { type Scene, SEED } from '../scene';
import { StrongroomCli } from '../strongroom-cli';
import { WebhookDesk } from '../webhook-desk';

/** Brings up a stack that leaves nothing behind, whose app protects no vault yet, seals to an offline key as well, and tells a webhook. */
export async function startScene(narrator: Narrator, closing: Closing): Promise<Scene> {
  const desk = await WebhookDesk.open();
  closing.add(() => desk.close());
  const starting = startStack({
    ephemeral: true,
    seed: SEED,
    estate: 'empty',
    // The schedule's own backup at two o'clock would come between those of the demo.
    host: { modes: { timers: false } },
    settings: { ALERT_WEBHOOK_URL: desk.url, ALERT_WEBHOOK_SECRET: desk.secret },
  });
  // Handed over before it is up: who interrupts the start leaves nothing behind either.
  closing.add(async () => {
    const stack = await starting.catch(() => undefined);
    await stack?.stop();
  });
  const stack = await starting;
  const offlineKey = makeOfflineKey();
  const recipients = JSON.parse(stack.settings['RECIPIENTS'] ?? '[]') as object[];
  await stack.stopHost();
  await stack.startHost({ RECIPIENTS: JSON.stringify([...recipients, { jwk: offlineKey.publicJwk }]) });
  const { endpoints } = stack;
  narrator.shown(`Functions host with the compiled app  ${endpoints.api}`);
  narrator.shown(`Key Vaults and identity               ${endpoints.vaultGateway}`);
  narrator.shown(`write-once storage                    ${endpoints.blob}`);
  narrator.shown(
    'recipients: a key-encryption key in a vault, and an offline key of which the app has the public half',
  );
  return {
    stack,
    desk,
    offlineKey,
    cli: new StrongroomCli(endpoints.api, endpoints.token),
    ground: {
      vaultService: new JsonClient(`${endpoints.control}/vault-service`),
      vaultGateway: endpoints.vaultGateway,
    },
  };
}
