import { createHash } from 'node:crypto';
import { type KeyClient, type KeyProperties } from '@azure/keyvault-keys';
import { type OpenedSnapshot } from '../../test/independent/open';
import { expectPresent, expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { type Person } from '../person';
import { SHOWPIECE_KEY } from '../remarkable-objects';
import { SOURCE_VAULT, TARGET_VAULT } from '../scene';
import { comparable, factsInSnapshot, factsInVault } from '../version-facts';

/**
 * Restores the signing key into the empty vault, and proves of each version that it is the same key: what the one signs,
 * the other verifies, in both directions. How many versions they are.
 */
export async function restoreKey(opened: OpenedSnapshot, person: Person, narrator: Narrator): Promise<number> {
  const indexed = opened.objects.find(({ kind, name }) => kind === 'key' && name === SHOWPIECE_KEY);
  const item = await opened.openItem(expectPresent(indexed, `${SHOWPIECE_KEY} in the index`));
  const target = person.keys(TARGET_VAULT);
  await target.restoreKeyBackup(Buffer.from(item.backup, 'base64url'));
  const before = await versionsOf(person.keys(SOURCE_VAULT));
  const after = await versionsOf(target);
  expectThat(
    comparable(after.map(factsInVault)) === comparable(before.map(factsInVault)) &&
      comparable(after.map(factsInVault)) === comparable(item.versions.map(factsInSnapshot)),
    `${SHOWPIECE_KEY} to have the same versions, attributes and tags in both vaults and in the snapshot`,
    'they differ',
  );
  for (const original of before) {
    const restored = after.find(({ version }) => version === original.version);
    const ids = [original.id, restored?.id].map((id) => expectPresent(id, 'the id of a key')) as [string, string];
    await expectVerified(person, ids[0], ids[1]);
    await expectVerified(person, ids[1], ids[0]);
  }
  narrator.shown(
    `key ${SHOWPIECE_KEY}: what the original signs, the restored key verifies, and the reverse, in ${after.length} versions`,
  );
  return after.length;
}

async function versionsOf(client: KeyClient): Promise<KeyProperties[]> {
  const versions: KeyProperties[] = [];
  for await (const version of client.listPropertiesOfKeyVersions(SHOWPIECE_KEY)) versions.push(version);
  return versions;
}

async function expectVerified(person: Person, signer: string, verifier: string): Promise<void> {
  const digest = createHash('sha256').update(`signed by ${signer}`).digest();
  const { result: signature } = await person.cryptography(signer).sign('ES256', digest);
  const verified = await person.cryptography(verifier).verify('ES256', digest, signature);
  expectThat(verified.result, `the signature of ${signer} to be verified by ${verifier}`, 'it was refused');
}
