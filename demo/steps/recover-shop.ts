import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type OpenedSnapshot, openSnapshot } from '../../test/independent/open';
import { offlineOpener } from '../../test/independent/openers';
import { type IndexObject } from '../../test/independent/snapshot-index';
import { type VerifiedSnapshot } from '../../test/independent/verify';
import { type Auditor, containerOf, expectIntact, verify } from '../auditor';
import { expectPresent, expectThat } from '../expectation';
import { handshake } from '../handshake';
import { type Narrator } from '../narrator';
import { openerOf, type Recovery } from '../recovery';
import { type Scene, SHOP_VAULT, TARGET_VAULT } from '../scene';
import { SHOP_SECRET, type ShopCertificate, type ShopObjects } from '../shop-objects';

const configurationSchema = z.record(z.string(), z.unknown());
const statusSchema = z.object({ status: z.string() });

/**
 * Brings certificates back from the shop's newest snapshot in two ways: the vault's backup into another vault, by the key-encryption key; and the value
 * itself, by the offline key, without any vault. How many versions were compared.
 */
export async function recoverShop(
  scene: Scene,
  auditor: Auditor,
  recovery: Recovery,
  narrator: Narrator,
  objects: ShopObjects,
): Promise<number> {
  const source = containerOf(auditor, 'daily');
  const verification = await verify(auditor, { source, tier: 'daily', vault: SHOP_VAULT });
  expectIntact(verification);
  const snapshot = expectPresent(verification.snapshots[0], 'a verified snapshot of the shop');
  const open = (opener: Parameters<typeof openSnapshot>[0]['opener']): Promise<OpenedSnapshot> =>
    openSnapshot({ source, snapshot, opener });
  const byKek = await open(openerOf(recovery.person, () => undefined));
  const offline = await open(offlineOpener(scene.offlineKey.privatePem));
  expectRecipients(snapshot);
  const rows: string[][] = [];
  for (const certificate of objects.exportable) {
    const fingerprint = await proveCertificate(certificate, byKek, offline, recovery);
    rows.push(['ok', certificate.name, certificate.what, `TLS for ${certificate.host}`, `SHA-256 ${fingerprint}...`]);
  }
  narrator.table(rows);
  narrator.shown('each served TLS twice: restored from the native payload, and straight from the portable one');
  const versions = await compareSecret(offline, objects);
  narrator.shown(
    `secret ${SHOP_SECRET}: ${versions} versions opened with the offline key alone, values compared; the disabled one is recorded as unreadable`,
  );
  tellConfiguration(offline, narrator);
  const left = offline.objects.filter(({ outcome }) => outcome === 'excluded');
  expectThat(
    left.length === objects.excluded && left.every(({ payloads }) => payloads.length === 0),
    `${objects.excluded} objects to be recorded as excluded, with nothing stored`,
    `there are ${left.length}`,
  );
  narrator.shown(`excluded by the plan, and recorded as such: ${left.map(({ name }) => name).join(', ')}`);
  return versions + objects.exportable.length;
}

/** Which parts of the vault's own configuration the sealed index has. */
function tellConfiguration({ configuration }: OpenedSnapshot, narrator: Narrator): void {
  const parts = Object.entries(configurationSchema.parse(configuration));
  const read = parts.filter(([, part]) => statusSchema.safeParse(part).data?.status === 'read').map(([name]) => name);
  expectThat(
    read.includes('vault'),
    "the index to have the vault's own configuration",
    'it has none that could be read',
  );
  narrator.shown(`the sealed index also has the vault's own configuration: ${read.join(', ')}`);
}

function expectRecipients({ manifest }: VerifiedSnapshot): void {
  const { length } = manifest.recipients;
  expectThat(
    length === 2,
    'the snapshot to be sealed to the key-encryption key and the offline key',
    `it has ${length}`,
  );
}

function find(opened: OpenedSnapshot, kind: IndexObject['kind'], name: string): IndexObject {
  const found = opened.objects.find((object) => object.kind === kind && object.name === name);
  return expectPresent(found, `${name} in the index`);
}

/** Proves one certificate in both ways; the beginning of its fingerprint. */
async function proveCertificate(
  { name, host, trusted }: ShopCertificate,
  byKek: OpenedSnapshot,
  offline: OpenedSnapshot,
  { person }: Recovery,
): Promise<string> {
  const { backup } = await byKek.openItem(find(byKek, 'certificate', name));
  await person.certificates(TARGET_VAULT).restoreCertificateBackup(Buffer.from(backup, 'base64url'));
  const restored = await person.secrets(TARGET_VAULT).getSecret(name);
  const portable = await offline.openPortable(find(offline, 'certificate', name));
  const original = await person.certificates(SHOP_VAULT).getCertificate(name);
  const cer = expectPresent(original.cer, `the certificate ${name}`);
  const certificate = new X509Certificate(cer);
  const { fingerprint256 } = certificate;
  for (const value of [restored.value, portable.versions[0]?.value]) {
    const shown = await handshake(
      expectPresent(value, `the value of ${name}`),
      host,
      trusted ?? certificate.toString(),
    );
    expectThat(
      shown.fingerprint256 === fingerprint256,
      `${name} to be the certificate that the vault has`,
      'it is another one',
    );
  }
  return fingerprint256.slice(0, 23);
}

async function compareSecret(offline: OpenedSnapshot, { secrets }: ShopObjects): Promise<number> {
  const { versions } = await offline.openPortable(find(offline, 'secret', SHOP_SECRET));
  const seeded = expectPresent(
    secrets.find(({ name }) => name === SHOP_SECRET),
    'the seeded secret',
  ).versions;
  const wanted = seeded.map(({ value, created, enabled = true }) =>
    JSON.stringify([created * 1000, enabled ? value : 'unreadable_disabled']),
  );
  const found = versions.map(({ value, missing, created }) =>
    JSON.stringify([Date.parse(created ?? ''), value ?? missing]),
  );
  expectThat(
    found.sort().join() === wanted.sort().join(),
    `${SHOP_SECRET} to have the values that were put in`,
    'it has others',
  );
  return found.length;
}
