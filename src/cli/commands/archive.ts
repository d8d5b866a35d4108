import { type ArchiveView } from '../../contracts/archive-policies';
import { exitCodes, type ExitCode } from '../exit-codes';
import { renderArchive } from '../print-archive';
import { printJson, printLines, type Session } from '../session';

/** `archive show`: the containers as the last audit found them. */
export async function showArchive(session: Session): Promise<ExitCode> {
  return print(session, await session.api.archive());
}

/** `archive audit`: has the app look at the containers now. */
export async function auditArchive(session: Session): Promise<ExitCode> {
  return print(session, await session.api.auditArchive());
}

function print(session: Session, view: ArchiveView): ExitCode {
  if (session.json) printJson(session, view);
  else printLines(session, renderArchive(view, { paint: session.paint, now: session.surroundings.now() }));
  return exitCodes.succeeded;
}
