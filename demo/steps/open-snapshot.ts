import { type OpenedSnapshot, openSnapshot } from '../../test/independent/open';
import { type Auditor, containerOf, verify } from '../auditor';
import { expectPresent, expectThat } from '../expectation';
import { count, type Narrator } from '../narrator';
import { openerOf, type Recovery } from '../recovery';
import { expectRefused } from '../refusal';
import { type SeededObjects } from '../seeded-objects';

/**
 * Opens the newest daily snapshot by the key-encryption key, which the app that wrote it cannot, and compares its index
 * with what the vault was filled with.
 */
export async function openNewest(
  auditor: Auditor,
  { person, app }: Recovery,
  narrator: Narrator,
  objects: SeededObjects,
): Promise<OpenedSnapshot> {
  const source = containerOf(auditor, 'daily');
  const { snapshots } = await verify(auditor, { source, tier: 'daily' });
  const snapshot = expectPresent(snapshots[0], 'a verified snapshot');
  const unwrappings: (() => Promise<unknown>)[] = [];
  const opener = openerOf(person, (keyId, encryptedKey) => {
    unwrappings.push(() => app.cryptography(keyId).unwrapKey('RSA-OAEP-256', encryptedKey));
  });
  const opened = await openSnapshot({ source, snapshot, opener });
  narrator.shown(
    `data keys unwrapped by the key-encryption key in its vault: ${unwrappings.length}, for ${count(opened.objects.length)} objects`,
  );
  for (const unwrapping of unwrappings) {
    await expectRefused('opening by the app itself', '403 Forbidden', unwrapping);
  }
  narrator.shown('the app itself cannot open what it wrote: 403 Forbidden');
  expectIndexed(opened, objects);
  narrator.shown('the sealed index has every object with every version');
  return opened;
}

function expectIndexed({ objects: indexed }: OpenedSnapshot, { secrets, keys }: SeededObjects): void {
  const found = new Map(indexed.map(({ kind, name, versions }) => [`${kind} ${name}`, versions.length]));
  const wanted = [
    ...secrets.map(({ name, versions }) => [`secret ${name}`, versions.length] as const),
    ...keys.map(({ name, versions }) => [`key ${name}`, versions.length] as const),
  ];
  const wrong = wanted.find(([object, versions]) => found.get(object) !== versions);
  expectThat(
    wrong === undefined && found.size === wanted.length,
    `the index to have ${wanted.length} objects with all versions`,
    wrong === undefined
      ? `it has ${found.size}`
      : `of ${wrong[0]} it has ${found.get(wrong[0]) ?? 'nothing'} instead of ${wrong[1]} versions`,
  );
}
