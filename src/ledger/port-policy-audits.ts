import { type PolicyAudit } from '../contracts/archive-policies';

/** What was found when the archive's policies were last looked at (table `state`, partition `archive`). */
export interface PolicyAuditLedger {
  /** `undefined`: nobody has looked yet, or what is there was written by another version. */
  latest(): Promise<PolicyAudit | undefined>;
  /** Takes the place of the one before. May run twice. */
  put(audit: PolicyAudit): Promise<void>;
}
