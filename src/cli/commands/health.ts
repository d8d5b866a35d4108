import { exitCodes, type ExitCode } from '../exit-codes';
import { printJson, printLines, type Session } from '../session';

/** `health`: whether the API answers at all. Needs no token. */
export async function showHealth(session: Session): Promise<ExitCode> {
  const health = await session.api.health();
  if (session.json) printJson(session, health);
  else printLines(session, [`${session.paint.outcome(true, 'up')}  ${session.api.base}`]);
  return exitCodes.succeeded;
}
