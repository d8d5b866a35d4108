import { z } from 'zod';
import { expectPresent, expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { type Scene, SOURCE_VAULT } from '../scene';

const snapshotSchema = z.object({
  id: z.string(),
  outcome: z.string(),
  sequence: z.number(),
  digest: z.string(),
  startedAt: z.coerce.date(),
  closedAt: z.coerce.date(),
  nextDue: z.coerce.date(),
  counts: z.object({
    objects: z.number(),
    stored: z.number(),
    failed: z.number(),
    managed: z.number(),
    excluded: z.number(),
  }),
  blobs: z.number(),
  bytes: z.number(),
});
const listSchema = z.object({ snapshots: z.array(snapshotSchema) });

/** A snapshot as the API tells of it. `digest` is that of its manifest. */
export type StoredSnapshot = z.output<typeof snapshotSchema>;

/** A tier of snapshots. */
export type Tier = 'daily' | 'monthly';

/** What is backed up: the large vault if none is named. */
export interface Wanted {
  readonly vault?: string;
  readonly tier: Tier;
  /** How many objects must be stored. */
  readonly objects: number;
}

/** Backs a vault up by the command line, watched, and expects a complete snapshot of so many objects. */
export async function backUp(
  { cli }: Scene,
  narrator: Narrator,
  { vault = SOURCE_VAULT, tier, objects }: Wanted,
): Promise<StoredSnapshot> {
  narrator.command(`strongroom backup now --vault ${vault} --tier ${tier} --watch`);
  narrator.quote(await cli.run('backup', 'now', '--vault', vault, '--tier', tier, '--watch'));
  const list = await cli.ask(listSchema, 'snapshots', 'list', '--vault', vault, '--tier', tier, '--limit', '1');
  const snapshot = expectPresent(list.snapshots[0], 'the snapshot in the list of snapshots');
  const { outcome, counts } = snapshot;
  expectThat(
    outcome === 'complete' && counts.stored === objects,
    `a complete snapshot of ${objects} objects`,
    `it is ${outcome} and has ${counts.stored}, ${counts.failed} failed`,
  );
  return snapshot;
}

/** Shows a snapshot as the command line does. */
export async function showSnapshot({ cli }: Scene, narrator: Narrator, { id }: StoredSnapshot): Promise<void> {
  narrator.command(`strongroom snapshots show ${id}`);
  const shown = await cli.run('snapshots', 'show', id);
  expectThat(shown.includes(id), 'the snapshot to be shown by its id', 'the output does not have it');
  narrator.quote(shown);
}
