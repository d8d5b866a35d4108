import { type Auditor, containerOf, expectIntact, verify } from '../auditor';
import { expectThat } from '../expectation';
import { count, type Narrator } from '../narrator';
import { type Scene, SHOP_VAULT, SOURCE_VAULT } from '../scene';
import { backUp, type StoredSnapshot } from './back-up';

const DAY_MS = 86_400_000;
const ROUNDS = 2;
const DAYS_A_ROUND = 20;

const DROPPED = /(\d{8}T\d{6}Z-[0-9a-f]{12})\s+\d+\s+drop\b/g;

/** What is gone and what is left after forty days. */
export interface AfterFortyDays {
  readonly pruned: number;
  readonly blobs: number;
  /** What was backed up meanwhile. */
  readonly backups: readonly StoredSnapshot[];
}

/** Lets forty days pass, with a backup every twenty, and prunes: what is past its thirty days goes, and the chain can still be verified. */
export async function letTimePass(
  scene: Scene,
  auditor: Auditor,
  narrator: Narrator,
  objects: number,
): Promise<AfterFortyDays> {
  const backups: StoredSnapshot[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await scene.stack.moveClock({ byMs: DAYS_A_ROUND * DAY_MS });
    narrator.shown(`day ${round * DAYS_A_ROUND}: ${scene.stack.now().toISOString().slice(0, 10)}`);
    backups.push(await backUp(scene, narrator, { vault: SHOP_VAULT, tier: 'daily', objects }));
  }
  const source = containerOf(auditor, 'daily');
  const blobsBefore = (await source.list('')).length;
  narrator.command('strongroom prune --dry-run');
  const announced = await scene.cli.run('prune', '--dry-run');
  narrator.quote(announced);
  const dropped = [...announced.matchAll(DROPPED)].map(([, id = '']) => id);
  expectThat((await source.list('')).length === blobsBefore, 'a dry run to delete nothing', 'there are fewer blobs');
  narrator.command('strongroom prune --watch');
  narrator.quote(await scene.cli.run('prune', '--watch'));
  await expectPruned(auditor, dropped);
  const blobs = blobsBefore - (await source.list('')).length;
  narrator.shown(`${dropped.length} snapshots are gone, as the dry run had said, and ${count(blobs)} blobs with them`);
  narrator.shown('the chains of both vaults are whole: a signed record stands for what is gone');
  return { pruned: dropped.length, blobs, backups };
}

/** Both chains are whole, nothing that should be gone is there, and the large vault still has its newest snapshot although that is older than thirty days. */
async function expectPruned(auditor: Auditor, dropped: readonly string[]): Promise<void> {
  const source = containerOf(auditor, 'daily');
  const gone = new Set(dropped);
  expectThat(gone.size > 0, 'something to be past its time', 'nothing is');
  for (const vault of [SOURCE_VAULT, SHOP_VAULT]) {
    const verification = await verify(auditor, { source, tier: 'daily', vault });
    expectIntact(verification);
    const left = verification.snapshots.filter(({ id }) => gone.has(id));
    expectThat(left.length === 0, 'what was pruned to be gone', `${left.length} snapshots of ${vault} are still there`);
    expectThat(verification.snapshots.length > 0, `the newest good snapshot of ${vault} to be kept`, 'none is left');
  }
}
