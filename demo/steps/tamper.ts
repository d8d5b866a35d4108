import { folderSource } from '../../test/independent/folder-source';
import { type Verification } from '../../test/independent/verify';
import { ArchiveCopy } from '../archive-copy';
import { type Auditor, containerOf, expectIntact, faultsOf, verify } from '../auditor';
import { type Closing } from '../closing';
import { expectPresent, expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { type Tampering, tamperings, type Witness } from '../tamperings';
import { type StoredSnapshot } from './back-up';

/** More than the time that any run may take after it was due. */
const A_DAY_MS = 86_400_000;

/** Tampers with copies of the archive in every way, and expects each to be found by its code; how many were. */
export async function tamper(
  auditor: Auditor,
  narrator: Narrator,
  closing: Closing,
  newest: StoredSnapshot,
): Promise<number> {
  const copies = new CopyRoom(closing);
  const original = await copies.keep(
    ArchiveCopy.download({ daily: containerOf(auditor, 'daily'), monthly: containerOf(auditor, 'monthly') }),
  );
  const whole = await look(auditor, original, newest, 'head');
  expectIntact(whole);
  expectIntact(await look(auditor, original, newest, 'other tier'));
  narrator.shown(`the untouched copy: ${whole.snapshots.length} daily snapshots, nothing wrong`);
  const [head, older] = whole.snapshots;
  const all = tamperings(expectPresent(head, 'a newest snapshot'), expectPresent(older, 'an older snapshot'));
  const rows: string[][] = [];
  for (const tampering of all) {
    const copy = await copies.keep(original.duplicate());
    await tampering.tamper(copy);
    expectFound(tampering, await look(auditor, copy, newest, tampering.witness));
    await copy.remove();
    rows.push(['ok', tampering.what, [...new Set(tampering.codes)].join(', ')]);
  }
  narrator.table(rows);
  return all.length;
}

/** Copies that are removed when the demo ends, even if it is interrupted. */
class CopyRoom {
  readonly #closing: Closing;

  constructor(closing: Closing) {
    this.#closing = closing;
  }

  async keep(coming: Promise<ArchiveCopy>): Promise<ArchiveCopy> {
    this.#closing.add(async () => (await coming.catch(() => undefined))?.remove());
    return coming;
  }
}

function look(auditor: Auditor, copy: ArchiveCopy, newest: StoredSnapshot, witness: Witness): Promise<Verification> {
  // Without the newest, the one before is the newest that is left, and was due again at its own `nextDue`, the same.
  const late = new Date(newest.nextDue.getTime() + A_DAY_MS);
  return verify(auditor, {
    source: folderSource(copy.folder('daily')),
    tier: 'daily',
    ...(witness === 'time' ? { now: late } : {}),
    ...(witness === 'head' ? { expectedHead: { snapshot: newest.id, digest: newest.digest } } : {}),
    ...(witness === 'other tier' ? { otherTierSource: folderSource(copy.folder('monthly')) } : {}),
  });
}

function expectFound({ what, codes }: Tampering, verification: Verification): void {
  const found = faultsOf(verification).map(({ code }) => code);
  expectThat(
    [...found].sort().join() === [...codes].sort().join(),
    `the verifier to find "${what}" as ${codes.join(', ')}`,
    found.length === 0 ? 'it found nothing' : `it found ${found.join(', ')}`,
  );
}
