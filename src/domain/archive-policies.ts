import {
  type ContainerReading,
  type PolicyFinding,
  type PolicyFindingCode,
  policyFindingCodes,
} from '../contracts/archive-policies';
import { type Tier } from '../contracts/objects';
import { type Retention } from './retention';

const DAY_MS = 86_400_000;
const LEAP_CYCLE_MONTHS = 48;
const LEAP_CYCLE_DAYS = 1_461;

/** What a container has to keep up with. */
export interface PromisedRetention {
  /** Days that the tier's retention can last, by {@link daysOfRetention}. */
  requiredDays: number;
  /** Days of the longest promise that is stored, by {@link longestPromise}. */
  storedDays: number | null;
}

/** What a container's reading means: what is wrong, and what is certainly not. What could not be read is neither. */
export interface PolicyJudgement {
  findings: PolicyFinding[];
  absent: PolicyFindingCode[];
}

/**
 * The most days that a tier's retention can last. Calendar months have different lengths, a policy has days: twelve months may be 366 of them. The
 * centuries' missing leap days are not deducted, so the sum may be a day too many over a hundred years, never too few.
 */
export function daysOfRetention(tier: Tier, { dailyDays, monthlyMonths }: Retention): number {
  if (tier === 'daily') return dailyDays;
  const cycles = Math.floor(monthlyMonths / LEAP_CYCLE_MONTHS);
  const rest = monthlyMonths % LEAP_CYCLE_MONTHS;
  // Any span of less than four years lies somewhere in these eight, which have both of their leap years.
  const starts = Array.from({ length: LEAP_CYCLE_MONTHS }, (_, month) => month);
  const spans = starts.map((month) => (Date.UTC(2024, month + rest) - Date.UTC(2024, month)) / DAY_MS);
  return cycles * LEAP_CYCLE_DAYS + Math.max(...spans);
}

/**
 * The days of the longest promise among snapshots, as signed: from closing to `retainUntil`. One whose time is past promises nothing any more.
 * `null` without any.
 */
export function longestPromise(
  snapshots: Iterable<{ closedAt: string; retainUntil: string }>,
  now: Date,
): number | null {
  let longest: number | null = null;
  for (const { closedAt, retainUntil } of snapshots) {
    if (Date.parse(retainUntil) <= now.getTime()) continue;
    const days = Math.ceil((Date.parse(retainUntil) - Date.parse(closedAt)) / DAY_MS);
    longest = Math.max(longest ?? 0, days);
  }
  return longest;
}

/**
 * Compares how a container is protected with what was promised. A container without a policy has that one fault, and not those that a policy could have.
 */
export function judgeContainer(reading: ContainerReading, promised: PromisedRetention): PolicyJudgement {
  const { policy, hasPolicy, versioning, unread } = reading;
  const { requiredDays, storedDays } = promised;
  const isKnown = policy !== null || hasPolicy === false;
  // What holds of the policy; `undefined` if it could not be read.
  const ofPolicy = (is: boolean | undefined): boolean | undefined => (isKnown ? (is ?? false) : undefined);
  const days = Math.min(requiredDays, policy?.days ?? requiredDays);
  const belowStored = storedDays !== null && days < storedDays;

  const verdicts: Record<PolicyFindingCode, boolean | undefined> = {
    policy_unreadable: unread !== null,
    policy_missing: hasPolicy === null ? undefined : !hasPolicy,
    policy_unlocked: ofPolicy(policy?.locked === false),
    lock_shorter_than_retention: ofPolicy(policy !== null && policy.days < requiredDays),
    retention_below_stored: belowStored || ofPolicy(false),
    protected_append_on: ofPolicy(policy?.protectedAppend),
    versioning_on: versioning ?? undefined,
  };
  const facts: Partial<Record<PolicyFindingCode, Partial<PolicyFinding>>> = {
    policy_unreadable: { cause: unread },
    policy_missing: { required: requiredDays },
    lock_shorter_than_retention: { required: requiredDays, actual: policy?.days ?? null },
    retention_below_stored: { required: storedDays, actual: days },
  };
  return {
    findings: policyFindingCodes
      .filter((code) => verdicts[code] === true)
      .map((code) => ({ code, severity: SEVERITY[code], required: null, actual: null, cause: null, ...facts[code] })),
    absent: policyFindingCodes.filter((code) => verdicts[code] === false),
  };
}

/** An error is where somebody with rights on the account could remove snapshots before their time. */
const SEVERITY: Record<PolicyFindingCode, PolicyFinding['severity']> = {
  policy_unreadable: 'warning',
  policy_missing: 'error',
  policy_unlocked: 'error',
  lock_shorter_than_retention: 'error',
  retention_below_stored: 'warning',
  protected_append_on: 'warning',
  versioning_on: 'warning',
};
