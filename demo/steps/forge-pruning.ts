import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import { folderSource } from '../../test/independent/folder-source';
import { type VerifiedSnapshot } from '../../test/independent/verify';
import { ArchiveCopy } from '../archive-copy';
import { type Auditor, containerOf, expectIntact, verify } from '../auditor';
import { type Closing } from '../closing';
import { expectPresent, expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { vaultUrl } from '../person';
import { SHOP_VAULT } from '../scene';

/** Long after everything that is stored is past its time, so that no date gives the forgery away. */
const AT = '2099-01-01T00:00:00.000Z';

/**
 * Removes a snapshot from copies of the archive and forges the record that should excuse it: the verifier refuses the record and misses the snapshot.
 * How many forgeries were tried.
 */
export async function forgePruning(auditor: Auditor, narrator: Narrator, closing: Closing): Promise<number> {
  const copying = ArchiveCopy.download({
    daily: containerOf(auditor, 'daily'),
    monthly: containerOf(auditor, 'monthly'),
  });
  closing.add(async () => (await copying.catch(() => undefined))?.remove());
  const original = await copying;
  const whole = await look(auditor, original);
  expectIntact(whole);
  const victim = expectPresent(whole.snapshots[1], 'a snapshot before the newest');
  const genuine = await genuineRecord(original);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forgeries = [
    ["signed with a stranger's key", await forged(victim, privateKey)],
    ['with the signature of a genuine record', withSignatureOf(genuine, await forged(victim, privateKey))],
  ] as const;
  const rows: string[][] = [];
  for (const [how, record] of forgeries) {
    const copy = await original.duplicate();
    closing.add(() => copy.remove());
    await copy.delete(victim.folder.path);
    await copy.add(`records/${SHOP_VAULT}/${AT.replaceAll(/[-:.]/g, '')}-prune.jws`, record);
    const codes = (await look(auditor, copy)).findings.map(({ code }) => code).sort();
    expectThat(
      codes.join() === 'record_refused,snapshot_missing',
      `a record ${how} to be refused, and the snapshot to be missed`,
      `the verifier found ${codes.join(', ') || 'nothing'}`,
    );
    rows.push(['ok', `a snapshot removed, and a record of its pruning ${how}`, codes.join(', ')]);
  }
  narrator.table(rows);
  return forgeries.length;
}

function look(auditor: Auditor, copy: ArchiveCopy): ReturnType<typeof verify> {
  return verify(auditor, { source: folderSource(copy.folder('daily')), tier: 'daily', vault: SHOP_VAULT });
}

async function genuineRecord(copy: ArchiveCopy): Promise<string> {
  const source = folderSource(copy.folder('daily'));
  const [record] = (await source.list(`records/${SHOP_VAULT}/`)).filter(({ path }) => path.endsWith('-prune.jws'));
  const bytes = await source.read(expectPresent(record, 'a prune record').path);
  return Buffer.from(expectPresent(bytes, 'the bytes of the prune record')).toString('latin1');
}

function forged({ id, digest, manifest }: VerifiedSnapshot, key: KeyObject): Promise<string> {
  const { sequence, previous, retainUntil } = manifest;
  const payload = {
    ...{ format: 1, type: 'record', record: 'prune', vault: vaultUrl(SHOP_VAULT), tier: 'daily', at: AT },
    snapshots: [{ snapshot: id, digest, retainUntil, sequence, previous }],
  };
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ: 'strongroom-record', sr_format: 1 })
    .sign(key);
}

function withSignatureOf(genuine: string, record: string): string {
  return [...record.split('.').slice(0, 2), genuine.split('.')[2]].join('.');
}
