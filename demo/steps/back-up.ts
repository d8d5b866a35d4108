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
  counts: z.object({ objects: z.number(), stored: z.number(), failed: z.number() }),
  blobs: z.number(),
  bytes: z.number(),
});
const listSchema = z.object({ snapshots: z.array(snapshotSchema) });

/** A snapshot as the API tells of it. `digest` is that of its manifest. */
export type StoredSnapshot = z.output<typeof snapshotSchema>;

/** A tier of snapshots. */
export type Tier = 'daily' | 'monthly';

/** Backs the vault up by the command line, watched, and expects a complete snapshot of `objects` objects. */
export async function backUp({ cli }: Scene, narrator: Narrator, tier: Tier, objects: number): Promise<StoredSnapshot> {
  narrator.command(`strongroom backup now --vault ${SOURCE_VAULT} --tier ${tier} --watch`);
  narrator.quote(await cli.run('backup', 'now', '--vault', SOURCE_VAULT, '--tier', tier, '--watch'));
  const list = await cli.ask(listSchema, 'snapshots', 'list', '--vault', SOURCE_VAULT, '--tier', tier, '--limit', '1');
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
