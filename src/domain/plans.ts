import { type ProtectedVault, type Tier, tiers } from '../contracts/objects';
import { type Plan, planSchema } from '../contracts/plans';
import { type BackupTarget } from './run-records';

/** A vault with what holds for it: its plan, or the defaults if only the settings name it. */
export interface PlannedVault {
  vault: ProtectedVault;
  plan: Plan;
  /** Where it comes from. */
  source: 'settings' | 'plan';
  /** See `PlanRecord.plannedSince`; `null` for a vault of the settings. */
  plannedSince: string | null;
}

/** Short name of a plan's vault: the first label of the host. */
export function vaultOfPlan({ url }: Pick<Plan, 'url'>): string {
  return new URL(url).hostname.split('.')[0] ?? '';
}

/** The vault that a plan protects. */
export function protectedVaultOf(plan: Plan): ProtectedVault {
  const { url, subscriptionId, geography, tenantId, resourceId } = plan;
  return {
    url,
    shortName: vaultOfPlan(plan),
    subscriptionId,
    geography,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(resourceId === undefined ? {} : { resourceId }),
  };
}

/** The plan of a vault that only the settings name: everything in it, in both tiers, by the settings' schedules. */
export function planOfSettings({ url, subscriptionId, geography, tenantId, resourceId }: ProtectedVault): Plan {
  // What the settings were checked for already is not checked again by other rules.
  return {
    ...planSchema.parse({ url, subscriptionId, geography, tenantId }),
    ...(resourceId === undefined ? {} : { resourceId }),
  };
}

/** Whether the vault is backed up by schedule in a tier. */
export function isPlanned({ plan }: PlannedVault, tier: Tier): boolean {
  return plan.enabled && plan.tiers.includes(tier);
}

/** What a backup of the vault takes, and the schedule by which the next one is due. `select`: names or globs that somebody chose. */
export function backupTargetOf(
  { vault, plan }: PlannedVault,
  tier: Tier,
  schedules: Record<Tier, string>,
  select: readonly string[] | null,
): BackupTarget {
  const { kinds, exclude, payloads } = plan;
  return {
    source: vault,
    schedule: plan.schedules[tier] ?? schedules[tier],
    scope: { kinds, exclude, payloads, select: select === null ? null : [...select] },
  };
}

/** Names of the members in which two plans differ; of none and a plan, all members of the plan. Sorted. */
export function changedMembers(before: Plan | undefined, after: Plan): string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after)] as (keyof Plan)[]);
  return [...names].filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name])).sort();
}

/** Whether a change of the plan leaves alone when the vault is backed up. */
export function keepsTiming(before: Plan, after: Plan): boolean {
  const timing = ({ enabled, tiers: planned, schedules }: Plan): string =>
    JSON.stringify([
      enabled,
      tiers.filter((tier) => planned.includes(tier)),
      schedules.daily ?? null,
      schedules.monthly ?? null,
    ]);
  return timing(before) === timing(after);
}
