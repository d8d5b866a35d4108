import { type SecretClient, type SecretProperties } from '@azure/keyvault-secrets';
import { type OpenedSnapshot } from '../../test/independent/open';
import { expectPresent, expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { type Person } from '../person';
import { SHOWPIECE_SECRET } from '../remarkable-objects';
import { SOURCE_VAULT, TARGET_VAULT } from '../scene';
import { type SeededObjects, type SeededSecretVersion } from '../seeded-objects';
import { comparable, factsInSnapshot, factsInVault } from '../version-facts';

/** Restores the secret with the long history into the empty vault, and compares all its versions; how many they are. */
export async function restoreSecret(
  opened: OpenedSnapshot,
  person: Person,
  narrator: Narrator,
  objects: SeededObjects,
): Promise<number> {
  const indexed = opened.objects.find(({ kind, name }) => kind === 'secret' && name === SHOWPIECE_SECRET);
  const item = await opened.openItem(expectPresent(indexed, `${SHOWPIECE_SECRET} in the index`));
  const source = person.secrets(SOURCE_VAULT);
  const target = person.secrets(TARGET_VAULT);
  for await (const { name } of target.listPropertiesOfSecrets()) {
    expectThat(false, 'the vault to restore into to be empty', `it has ${name}`);
  }
  await target.restoreSecretBackup(Buffer.from(item.backup, 'base64url'));
  const [before, after] = [await versionsOf(source), await versionsOf(target)];
  expectThat(
    comparable(after.map(factsInVault)) === comparable(before.map(factsInVault)) &&
      comparable(after.map(factsInVault)) === comparable(item.versions.map(factsInSnapshot)),
    `${SHOWPIECE_SECRET} to have the same versions, attributes and tags in both vaults and in the snapshot`,
    'they differ',
  );
  const seeded = objects.secrets.find(({ name }) => name === SHOWPIECE_SECRET);
  await expectSameValues(after, source, target, expectPresent(seeded, 'the seeded secret').versions);
  const disabled = after.filter(({ enabled }) => enabled === false).length;
  narrator.shown(
    `secret ${SHOWPIECE_SECRET}: ${after.length} versions (${disabled} disabled) with the same ids, values, attributes and tags`,
  );
  return after.length;
}

async function versionsOf(client: SecretClient): Promise<SecretProperties[]> {
  const versions: SecretProperties[] = [];
  for await (const version of client.listPropertiesOfSecretVersions(SHOWPIECE_SECRET)) versions.push(version);
  return versions;
}

/** Compares with the value that was put in, and with what the source says where it may be asked. Values are never printed. */
async function expectSameValues(
  versions: readonly SecretProperties[],
  source: SecretClient,
  target: SecretClient,
  seeded: readonly SeededSecretVersion[],
): Promise<void> {
  for (const { version = '', enabled, createdOn } of versions) {
    // A disabled version cannot be read. It is compared all the same, after it was enabled in the restored vault.
    if (enabled === false) await target.updateSecretProperties(SHOWPIECE_SECRET, version, { enabled: true });
    const restored = await target.getSecret(SHOWPIECE_SECRET, { version });
    const put = seeded.find(({ created }) => created * 1000 === createdOn?.getTime());
    const original = enabled === false ? put : await source.getSecret(SHOWPIECE_SECRET, { version });
    expectThat(
      restored.value !== undefined && restored.value === put?.value && restored.value === original?.value,
      `version ${version} of ${SHOWPIECE_SECRET} to have the value that it had`,
      'it has another one',
    );
  }
}
