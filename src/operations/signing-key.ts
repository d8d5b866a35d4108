import { type Clock } from '../clock';
import { type ProtectedVault, type Tier, tiers } from '../contracts/objects';
import { type SigningKeyIntroduction, type SigningKeyView } from '../contracts/trust';
import { type SigningSuccession } from '../crypto/port';
import { type AuditTrail } from '../ledger/port';
import { type PlannedVault } from '../domain/plans';
import { type ProtectedVaults } from './protected-vaults';
import { type Asker, audited } from './audited';

const AT_ONCE = 8;

/** What callers may ask of the signing key. Throws as {@link SigningSuccession} does. */
export interface SigningKeyOperations {
  show(): Promise<SigningKeyView>;
  /**
   * Introduces a version to every protected vault and tier, audited as `signing-key.introduce`. What was introduced before stays as it is, so a call that broke
   * off may be repeated.
   */
  introduce(asker: Asker, request: { keyId?: string | undefined; reason: string }): Promise<SigningKeyIntroduction>;
}

interface Deps {
  succession: SigningSuccession;
  vaults: ProtectedVaults;
  audit: AuditTrail;
  clock: Clock;
}

export function createSigningKeyOperations(deps: Deps): SigningKeyOperations {
  return {
    show: () => showSigningKey(deps),
    introduce: (asker, { keyId, reason }) =>
      audited(
        deps,
        asker,
        { action: 'signing-key.introduce', subject: 'signing-key', reason },
        () => introduce(deps, keyId),
        ({ kid, thumbprint, introduced, alreadyIntroduced }) => ({ kid, thumbprint, introduced, alreadyIntroduced }),
      ),
  };
}

async function showSigningKey(deps: Deps): Promise<SigningKeyView> {
  const versions = await deps.succession.versions();
  // A lone version needs no record, and then there is nothing to be read for each vault.
  const isAlone = versions.every(({ needsNoRecord }) => needsNoRecord);
  const vaults = await deps.vaults.all();
  const introduced = isAlone ? [] : await forEachChain(vaults, (vault, tier) => introducedFor(deps, vault, tier));
  const chains = vaults.length * tiers.length;
  return {
    versions: versions.map((version) => {
      const of = introduced.filter((keys) => version.thumbprint !== null && keys.has(version.thumbprint));
      return { ...version, introducedFor: version.needsNoRecord ? chains : of.length };
    }),
    chains,
  };
}

async function introduce(deps: Deps, keyId: string | undefined): Promise<SigningKeyIntroduction> {
  const to = await deps.succession.candidate(keyId);
  const introducers = await forEachChain(await deps.vaults.all(), (vault, tier) =>
    deps.succession.introduce(vault, tier, to),
  );
  const introduced = introducers.filter((from) => from !== undefined).length;
  return { ...to, introduced, alreadyIntroduced: introducers.length - introduced };
}

function introducedFor({ succession }: Deps, vault: ProtectedVault, tier: Tier): Promise<ReadonlySet<string>> {
  return succession.introducedFor({ tier, shortName: vault.shortName });
}

/** Some at a time. Ends at the first failure, when those that had begun with it have ended too. */
async function forEachChain<T>(
  vaults: readonly PlannedVault[],
  work: (vault: ProtectedVault, tier: Tier) => Promise<T>,
): Promise<T[]> {
  const chains = vaults.flatMap(({ vault }) => tiers.map((tier) => ({ vault, tier })));
  const results: T[] = [];
  for (let first = 0; first < chains.length; first += AT_ONCE) {
    const part = chains.slice(first, first + AT_ONCE);
    const settled = await Promise.allSettled(part.map(({ vault, tier }) => work(vault, tier)));
    for (const outcome of settled) {
      if (outcome.status === 'rejected') throw outcome.reason;
      results.push(outcome.value);
    }
  }
  return results;
}
