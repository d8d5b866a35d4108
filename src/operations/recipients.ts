import { type Clock } from '../clock';
import { type RecipientVersion } from '../contracts/trust';
import { type RecipientDecisions } from '../crypto/port';
import { type AuditTrail } from '../ledger/port';
import { type Asker, audited } from './audited';

/** What callers may ask of recipients. Throws as {@link RecipientDecisions} does. */
export interface RecipientOperations {
  list(): Promise<RecipientVersion[]>;
  /** Audited as `recipient.approve`. */
  approve(asker: Asker, thumbprint: string, reason: string): Promise<RecipientVersion>;
  /** Audited as `recipient.revoke`. */
  revoke(asker: Asker, thumbprint: string, reason: string): Promise<RecipientVersion>;
}

export function createRecipientOperations(deps: {
  decisions: RecipientDecisions;
  audit: AuditTrail;
  clock: Clock;
}): RecipientOperations {
  const { decisions } = deps;
  const decide =
    (action: 'approve' | 'revoke') =>
    (asker: Asker, thumbprint: string, reason: string): Promise<RecipientVersion> =>
      audited(
        deps,
        asker,
        { action: `recipient.${action}`, subject: thumbprint, reason },
        () => decisions[action](thumbprint, asker.actor),
        ({ kid, state }) => ({ state, ...(kid === null ? {} : { kid }) }),
      );
  return { list: () => decisions.list(), approve: decide('approve'), revoke: decide('revoke') };
}
