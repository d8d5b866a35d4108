import { exitCodes, type ExitCode } from '../exit-codes';
import { renderIntroduction, renderRecipient, renderRecipients, renderSigningKey } from '../print-trust';
import { printJson, printLines, type Session } from '../session';

/** Options of the commands that change whom snapshots are sealed to, or who signs them. */
export interface DecisionOptions {
  reason: string;
}

/** `recipients list` */
export async function listRecipients(session: Session): Promise<ExitCode> {
  const list = await session.api.recipients();
  if (session.json) printJson(session, list);
  else printLines(session, renderRecipients(list.recipients, style(session)));
  return exitCodes.succeeded;
}

/** `recipients approve THUMBPRINT` and `recipients revoke THUMBPRINT`: the version as it is afterwards. */
export async function decideRecipient(
  session: Session,
  decision: 'approval' | 'revocation',
  thumbprint: string,
  { reason }: DecisionOptions,
): Promise<ExitCode> {
  const version = await session.api.decideRecipient(thumbprint, decision, reason);
  if (session.json) printJson(session, version);
  else printLines(session, renderRecipient(version, style(session)));
  return exitCodes.succeeded;
}

/** `signing-key show` */
export async function showSigningKey(session: Session): Promise<ExitCode> {
  const view = await session.api.signingKey();
  if (session.json) printJson(session, view);
  else printLines(session, renderSigningKey(view, style(session)));
  return exitCodes.succeeded;
}

/** `signing-key introduce` */
export async function introduceSigningKey(
  session: Session,
  { reason, keyId }: DecisionOptions & { keyId?: string },
): Promise<ExitCode> {
  const introduction = await session.api.introduceSigningKey({ reason, ...(keyId === undefined ? {} : { keyId }) });
  if (session.json) printJson(session, introduction);
  else printLines(session, renderIntroduction(introduction));
  return exitCodes.succeeded;
}

function style({ paint, surroundings }: Session): { paint: Session['paint']; now: Date } {
  return { paint, now: surroundings.now() };
}
