import { type CallerView } from '../../contracts/api';
import { exitCodes, type ExitCode } from '../exit-codes';
import { printJson, printLines, type Session } from '../session';

/** `whoami`: who the caller is to the app, and which roles it has. */
export async function showCaller(session: Session): Promise<ExitCode> {
  const caller = await session.api.caller();
  if (session.json) printJson(session, caller);
  else printLines(session, renderCaller(caller));
  return exitCodes.succeeded;
}

function renderCaller({ objectId, name, appId, tenantId, roles }: CallerView): string[] {
  return [
    ...(name === null ? [] : [`  name    ${name}`]),
    `  object  ${objectId}`,
    `  client  ${appId}`,
    `  tenant  ${tenantId}`,
    `  roles   ${roles.length === 0 ? 'none' : roles.join(', ')}`,
  ];
}
