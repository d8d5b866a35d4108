import { type ProtectedVault } from '../contracts/objects';
import { type PlanRecord } from '../contracts/plans';
import { type PlannedVault, planOfSettings, protectedVaultOf } from '../domain/plans';
import { type PlanLedger } from '../ledger/port';

/** The vaults that are protected now: those of the plans, and those that the settings name and nobody has made a plan for. */
export interface ProtectedVaults {
  /** All of them, disabled ones too, by short name. Reads the ledger each time; throws as it does, so that no vault is silently left out. */
  all(): Promise<PlannedVault[]>;
  get(shortName: string): Promise<PlannedVault | undefined>;
}

/** The vaults of the settings, overlaid by the plans of the ledger. */
export function createProtectedVaults(named: readonly ProtectedVault[], plans: PlanLedger): ProtectedVaults {
  return {
    async all() {
      const vaults = new Map(named.map((vault) => [vault.shortName, ofSettings(vault)]));
      for (const record of await plans.list()) vaults.set(record.vault, ofPlan(record));
      return [...vaults.keys()].sort().flatMap((shortName) => vaults.get(shortName) ?? []);
    },

    async get(shortName) {
      const record = await plans.get(shortName);
      if (record !== undefined) return ofPlan(record);
      const vault = named.find((one) => one.shortName === shortName);
      return vault && ofSettings(vault);
    },
  };
}

function ofPlan({ plan, plannedSince }: PlanRecord): PlannedVault {
  return { vault: protectedVaultOf(plan), plan, source: 'plan', plannedSince };
}

function ofSettings(vault: ProtectedVault): PlannedVault {
  return { vault, plan: planOfSettings(vault), source: 'settings', plannedSince: null };
}
