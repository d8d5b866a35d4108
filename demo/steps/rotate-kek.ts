import { z } from 'zod';
import { KEY_NAMES, KEY_VAULT } from '../../local/stack/estate';
import { type Auditor, containerOf, expectIntact, verify } from '../auditor';
import { expectPresent, expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { Person } from '../person';
import { type Scene, SHOP_VAULT } from '../scene';
import { type Message } from '../webhook-desk';
import { backUp, type StoredSnapshot } from './back-up';

const KEY_KEEPER = 'd0000000-0000-4000-8000-000000000006';
const recipientsSchema = z.object({
  recipients: z.array(z.object({ kid: z.string().nullable(), thumbprint: z.string().nullable(), state: z.string() })),
});

/**
 * Makes a new version of the key-encryption key, as whoever broke into the key vault could: nothing is sealed to it before a person approves it, and a
 * person is told. The two snapshots that were made meanwhile.
 */
export async function rotateKek(
  scene: Scene,
  auditor: Auditor,
  narrator: Narrator,
  objects: number,
): Promise<StoredSnapshot[]> {
  const keeper = await Person.with(scene.ground, KEY_KEEPER, { [KEY_VAULT]: ['keys/rotate/action', 'keys/read'] });
  const { id: kid = '' } = await keeper.keys(KEY_VAULT).rotateKey(KEY_NAMES.encryption);
  narrator.shown(`a new version of the key-encryption key appears: ${kid.split('/').at(-1) ?? ''}`);
  const before = await backUp(scene, narrator, { vault: SHOP_VAULT, tier: 'daily', objects });
  await expectSealedTo(auditor, kid, false);
  narrator.shown('the backup went on, sealed to the version that is approved');
  tellOf(scene, narrator, await scene.desk.next('alert.raised', 'recipient_trouble'));

  const thumbprint = await thumbprintOf(scene, kid);
  const reason = 'rotated by us, ticket 4711';
  narrator.command(`strongroom recipients approve ${thumbprint} --reason "${reason}"`);
  narrator.quote(await scene.cli.run('recipients', 'approve', thumbprint, '--reason', reason));
  const after = await backUp(scene, narrator, { vault: SHOP_VAULT, tier: 'daily', objects });
  await expectSealedTo(auditor, kid, true);
  narrator.shown('from now on snapshots are sealed to the new version');
  tellOf(scene, narrator, await scene.desk.next('alert.resolved', 'recipient_trouble'));
  return [before, after];
}

/** A message counts if its signature does; one that was changed on its way does not. */
function tellOf({ desk }: Scene, narrator: Narrator, { alert, body, headers }: Message): void {
  expectThat(desk.isGenuine(body, headers), 'the signature of the message to be good', 'it is not');
  const changed = body.replace(/"severity":"\w+"/, '"severity":"info"');
  expectThat(!desk.isGenuine(changed, headers), 'a changed message to be refused', 'it was believed');
  narrator.shown(`webhook: ${alert.type}, ${alert.data.severity}: ${alert.data.text}`);
  narrator.shown('its signature is good by the shared secret; with one word changed it is not');
}

async function thumbprintOf({ cli }: Scene, kid: string): Promise<string> {
  const { recipients } = await cli.ask(recipientsSchema, 'recipients', 'list');
  const waiting = recipients.find((recipient) => recipient.kid === kid);
  expectThat(
    waiting?.state === 'waiting_for_approval',
    'the new version to wait for approval',
    `it is ${waiting?.state ?? 'not listed'}`,
  );
  return expectPresent(waiting.thumbprint ?? undefined, 'the thumbprint of the new version');
}

async function expectSealedTo(auditor: Auditor, kid: string, isExpected: boolean): Promise<void> {
  const source = containerOf(auditor, 'daily');
  const verification = await verify(auditor, { source, tier: 'daily', vault: SHOP_VAULT });
  expectIntact(verification);
  const sealed = verification.snapshots[0]?.manifest.recipients.some((recipient) => recipient.kid === kid);
  expectThat(
    sealed === isExpected,
    `the newest snapshot ${isExpected ? '' : 'not '}to be sealed to the new version`,
    'its manifest says otherwise',
  );
}
