import { type ErrorCode } from './error-codes';
import { type Tier } from './objects';

/** What can be wrong with how a container of the archive is protected (docs/runbook.md). Published; never renamed. */
export const policyFindingCodes = [
  'policy_unreadable',
  'policy_missing',
  'policy_unlocked',
  'lock_shorter_than_retention',
  'retention_below_stored',
  'protected_append_on',
  'versioning_on',
] as const satisfies readonly ErrorCode[];
export type PolicyFindingCode = (typeof policyFindingCodes)[number];

/** How many times Azure lets a locked policy be extended. Source: learn.microsoft.com, `storage/blobs/immutable-time-based-retention-policy-overview`. */
export const MOST_EXTENSIONS = 5;

/** A container's time-based retention. */
export interface RetentionPolicy {
  /** From the creation of each blob. */
  days: number;
  /** Locked for good: nobody can remove or shorten it. */
  locked: boolean;
  /** Whether blobs may grow, be it append blobs alone or all. */
  protectedAppend: boolean;
  /** How often a locked policy may still be extended; `null` of one that is not locked. */
  extensionsLeft: number | null;
}

/** What could be learned of a container. */
export interface ContainerReading {
  /** Whether there is a policy at all; `null` if nobody could tell. */
  hasPolicy: boolean | null;
  /** `null`: there is none, or it could not be read (`hasPolicy` tells). */
  policy: RetentionPolicy | null;
  /** Tags of legal holds; `null` if they could not be read. */
  legalHolds: string[] | null;
  hasLegalHold: boolean | null;
  /** Whether the account keeps versions of blobs; `null` if that could not be read. */
  versioning: boolean | null;
  /** Why something could not be read. */
  unread: ErrorCode | null;
}

/** One thing that is not as the settings, or the stored snapshots, want it. */
export interface PolicyFinding {
  code: PolicyFindingCode;
  severity: 'warning' | 'error';
  /** Days that are wanted, and days that are; of what is not about days, `null`. */
  required: number | null;
  actual: number | null;
  /** Why it could not be read. */
  cause: ErrorCode | null;
}

/** A container when it was looked at. */
export interface AuditedContainer extends ContainerReading {
  tier: Tier;
  container: string;
  /** Days that the tier's retention can last. */
  requiredDays: number;
  /** Days that the longest promise signed into a stored snapshot lasts; `null` without one. */
  storedDays: number | null;
  findings: PolicyFinding[];
}

/** What was found when the archive's containers were last looked at. */
export interface PolicyAudit {
  /** ISO 8601 in UTC. */
  at: string;
  /** What it was compared with, as text: containers, retention and account of the settings. */
  basis: string;
  containers: AuditedContainer[];
}

/** A container as `GET /api/archive` shows it: as the settings want it now, and how it was found. */
export interface ArchiveContainerView {
  tier: Tier;
  container: string;
  requiredDays: number;
  /** `null`: nobody has looked yet. */
  found: Omit<AuditedContainer, 'tier' | 'container' | 'requiredDays'> | null;
}

/** Answer of `GET /api/archive`. */
export interface ArchiveView {
  /** ARM id of the storage account, if the settings name it. */
  resourceId: string | null;
  /** When the containers were last looked at. */
  auditedAt: string | null;
  containers: ArchiveContainerView[];
}
