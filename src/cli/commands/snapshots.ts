import { type Tier } from '../../contracts/objects';
import { exitCodes, type ExitCode } from '../exit-codes';
import { readPages } from '../pages';
import { renderSnapshot, renderSnapshots } from '../print-snapshot';
import { printJson, printLines, type Session } from '../session';
import { printListing, wanted } from './listing';

export interface ListSnapshotsOptions {
  vault?: string;
  tier?: Tier;
  /** Only those that count as good ones. */
  good?: boolean;
  limit?: number;
  all?: boolean;
}

/** `snapshots list`: newest first. */
export async function listSnapshots(session: Session, options: ListSnapshotsOptions): Promise<ExitCode> {
  const { vault, tier } = options;
  const good = options.good === true ? 'true' : undefined;
  const page = await readPages(wanted(options), async (limit, continuation) => {
    const answer = await session.api.snapshots({ vault, tier, good, limit, continuation });
    return { items: answer.snapshots, continuation: answer.continuation };
  });
  if (session.json) printJson(session, { snapshots: page.items, continuation: page.continuation });
  else {
    const style = { paint: session.paint, now: session.surroundings.now() };
    printListing(session, page, 'snapshot', renderSnapshots(page.items, style));
  }
  return exitCodes.succeeded;
}

/** `snapshots show ID`: one snapshot, as the catalog tells its signed manifest. */
export async function showSnapshot(session: Session, id: string): Promise<ExitCode> {
  const snapshot = await session.api.snapshot(id);
  if (session.json) printJson(session, snapshot);
  else printLines(session, renderSnapshot(snapshot, { paint: session.paint, now: session.surroundings.now() }));
  return exitCodes.succeeded;
}

/** `snapshots exclude ID`, `snapshots include ID`: sets a snapshot aside, or takes that back, and shows it. */
export async function decideSnapshot(
  session: Session,
  id: string,
  decision: 'exclude' | 'include',
  { reason }: { reason: string },
): Promise<ExitCode> {
  const snapshot = await session.api.decideSnapshot(id, decision, reason);
  if (session.json) printJson(session, snapshot);
  else printLines(session, renderSnapshot(snapshot, { paint: session.paint, now: session.surroundings.now() }));
  return exitCodes.succeeded;
}
