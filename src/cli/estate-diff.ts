import { type Plan, type PlanView } from '../contracts/plans';
import { changedMembers, vaultOfPlan } from '../domain/plans';

/** How the file and the app differ for one vault. `extra`: there is a plan, and the file has none. */
export interface PlanDifference {
  vault: string;
  change: 'create' | 'change' | 'none' | 'extra';
  /** Names of the members that differ; of a plan that is to be made, all that it has. */
  members: string[];
  /** The state that the change is based on; `null` if there is no plan. */
  etag: string | null;
  /** The plan of the file. */
  plan: Plan | undefined;
}

/** Compares the plans of a file with those of the app. Vaults that only the settings name are no difference, as long as the file does not name them. */
export function compareEstate(wanted: readonly Plan[], current: readonly PlanView[]): PlanDifference[] {
  const there = new Map(current.filter(({ source }) => source === 'plan').map((view) => [view.vault, view]));
  const differences = wanted.map((plan): PlanDifference => {
    const vault = vaultOfPlan(plan);
    const view = there.get(vault);
    there.delete(vault);
    const members = changedMembers(view?.plan, plan);
    if (view === undefined) return { vault, change: 'create', members, etag: null, plan };
    return { vault, change: members.length === 0 ? 'none' : 'change', members, etag: view.etag, plan };
  });
  const extra = [...there.values()].map(({ vault, etag }): PlanDifference => {
    return { vault, change: 'extra', members: [], etag, plan: undefined };
  });
  return [...differences, ...extra];
}
