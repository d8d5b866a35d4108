import { exitCodes, type ExitCode } from '../exit-codes';
import { renderHolds } from '../print-archive';
import { printJson, printLines, type Session } from '../session';
import { type ArchiveTarget, findTarget, type TargetOptions } from './archive-target';

/** Options of `hold add` and `hold remove`. */
export type HoldOptions = TargetOptions & { tag: string };

/** `hold add`: places a legal hold. One that is there stays as it is. */
export async function addHold(session: Session, options: HoldOptions): Promise<ExitCode> {
  const target = await findTarget(session, options);
  const tag = options.tag.toLowerCase();
  if (await isHeld(target, tag)) return report(session, target, [`${tag} is there already.`], false);
  await target.account.addHold(target.container, tag);
  return report(
    session,
    target,
    [
      `${target.container} has the legal hold ${tag}.`,
      'As long as it has any, nothing in it can be changed or deleted, however old: pruning counts what is past its time as retained, and the storage grows.',
      'Backups go on, and restores.',
    ],
    true,
  );
}

/** `hold remove`: takes a legal hold away. One that is not there is no fault. */
export async function removeHold(session: Session, options: HoldOptions): Promise<ExitCode> {
  const target = await findTarget(session, options);
  const tag = options.tag.toLowerCase();
  if (!(await isHeld(target, tag)))
    return report(session, target, [`${target.container} has no legal hold ${tag}.`], false);
  await target.account.removeHold(target.container, tag);
  const after = [
    `${target.container} has the legal hold ${tag} no more.`,
    'When it has none left, the next pruning deletes what is past its retention and its lock.',
  ];
  return report(session, target, after, true);
}

/** `hold list` */
export async function listHolds(session: Session, options: TargetOptions): Promise<ExitCode> {
  const { account, container, id, tier } = await findTarget(session, options);
  const { holds } = await account.container(container);
  if (session.json) printJson(session, { account: id.resourceId, tier, container, holds });
  else printLines(session, renderHolds(holds, { paint: session.paint, now: session.surroundings.now() }));
  return exitCodes.succeeded;
}

async function isHeld({ account, container }: ArchiveTarget, tag: string): Promise<boolean> {
  const { holds } = await account.container(container);
  return holds.some((hold) => hold.tag.toLowerCase() === tag);
}

async function report(
  session: Session,
  { account, container, id, tier }: ArchiveTarget,
  lines: readonly string[],
  changed: boolean,
): Promise<ExitCode> {
  if (!session.json) printLines(session, lines);
  else {
    const { holds } = await account.container(container);
    printJson(session, { account: id.resourceId, tier, container, holds, changed });
  }
  return exitCodes.succeeded;
}
