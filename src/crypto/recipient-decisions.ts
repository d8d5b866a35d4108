import { type Clock } from '../clock';
import { type RecipientVersion } from '../contracts/trust';
import { StrongroomError } from '../errors';
import { type VaultKeys, type VaultPublicKey } from '../vault/port';
import { type Decision, type RecipientApprovals, type Standing } from './approvals';
import { offlineKey, type OfflineRecipient } from './offline-recipient';
import { type RecipientDecisions, type Recipients } from './port';
import { keyFromVault, recipientKey, vaultKeyFault } from './public-keys';
import { type KekRecipient } from './recipients';

/** What {@link ConfiguredRecipientDecisions} works with. */
export interface DecisionParts {
  configured: readonly (KekRecipient | OfflineRecipient)[];
  recipients: Recipients;
  approvals: RecipientApprovals;
  keys: VaultKeys;
  clock: Clock;
}

/** The recipients of the settings, and what persons decide about their versions. */
export class ConfiguredRecipientDecisions implements RecipientDecisions {
  constructor(private readonly parts: DecisionParts) {}

  async list(): Promise<RecipientVersion[]> {
    const inUse = await this.inUse();
    const groups = await Promise.all(
      this.parts.configured.map((source) => ('kek' in source ? this.versionsOf(source) : offlineVersions(source))),
    );
    const versions = groups.flat();
    return versions.map((version) =>
      version.thumbprint !== null && inUse.has(version.thumbprint) ? { ...version, state: 'in_use' } : version,
    );
  }

  async approve(thumbprint: string, by: string): Promise<RecipientVersion> {
    const { version, decision } = await this.find(thumbprint, by);
    if (version.fault !== null) {
      throw new StrongroomError('recipient_unusable', 'This version of the key-encryption key cannot be used.', {
        details: { thumbprint, reason: version.fault },
      });
    }
    const isApproved = version.state === 'in_use' || version.state === 'approved';
    if (!isApproved) await this.parts.approvals.approve(decision);
    return isApproved ? version : (await this.find(thumbprint, by)).version;
  }

  async revoke(thumbprint: string, by: string): Promise<RecipientVersion> {
    const { version, decision } = await this.find(thumbprint, by);
    if (version.decided?.by === 'settings') {
      throw new StrongroomError(
        'approved_by_settings',
        'This version is approved by RECIPIENTS. Take its thumbprint out of the settings.',
      );
    }
    if (version.decided === null || version.state === 'revoked') return version;
    await this.parts.approvals.revoke(decision);
    return (await this.find(thumbprint, by)).version;
  }

  private async inUse(): Promise<ReadonlySet<string>> {
    try {
      const { recipients } = await this.parts.recipients.choose();
      return new Set(recipients.map(({ thumbprint }) => thumbprint));
    } catch (error) {
      if (error instanceof StrongroomError && error.code === 'no_usable_recipient') return new Set();
      throw error;
    }
  }

  private async find(thumbprint: string, by: string): Promise<{ version: RecipientVersion; decision: Decision }> {
    const version = (await this.list()).find((one) => one.thumbprint === thumbprint && one.kek !== null);
    if (version === undefined || version.kek === null || version.kid === null) {
      throw new StrongroomError(
        'recipient_not_found',
        'No key-encryption key in RECIPIENTS has a version with this thumbprint. `strongroom recipients list` shows them.',
      );
    }
    return { version, decision: { kek: version.kek, version: { thumbprint, kid: version.kid }, by } };
  }

  private async versionsOf(source: KekRecipient): Promise<RecipientVersion[]> {
    try {
      const listed = await this.parts.keys.listKeyVersions(source.kek);
      return await Promise.all(
        listed.map(async ({ kid }) => this.versionOf(source, await this.parts.keys.readPublicKey(kid))),
      );
    } catch (error) {
      if (!(error instanceof StrongroomError && /^(vault_|source_not_found$)/.test(error.code))) throw error;
      return [unusable({ ...NOTHING, kek: source.kek }, error.code)];
    }
  }

  private async versionOf(source: KekRecipient, key: VaultPublicKey): Promise<RecipientVersion> {
    const known = { ...NOTHING, kek: source.kek, kid: key.kid, created: key.created ?? null };
    const publicKey = await recipientKey(keyFromVault(key, 'recipient_unusable')).catch(passOver);
    if (publicKey === undefined) return unusable(known, 'wrong_type');
    const { thumbprint } = publicKey;
    const standing = await this.parts.approvals.standingOf(source.kek, thumbprint);
    const fit = {
      ...known,
      thumbprint,
      bits: publicKey.key.asymmetricKeyDetails?.modulusLength ?? null,
      decided: decisionOf(source, thumbprint, standing),
    };
    const fault = vaultKeyFault(key, 'unwrapKey', this.parts.clock.now());
    return fault === undefined ? { ...fit, state: stateOf(source, thumbprint, standing) } : unusable(fit, fault);
  }
}

const NOTHING = { kek: null, kid: null, thumbprint: null, created: null, bits: null, fault: null, decided: null };

async function offlineVersions(source: OfflineRecipient): Promise<RecipientVersion[]> {
  const decided = { by: 'settings', at: null };
  try {
    const { key, thumbprint } = await recipientKey(offlineKey(source));
    const bits = key.asymmetricKeyDetails?.modulusLength ?? null;
    return [{ ...NOTHING, thumbprint, bits, state: 'approved', decided }];
  } catch (error) {
    passOver(error);
    return [unusable({ ...NOTHING, decided }, 'wrong_type')];
  }
}

function stateOf(source: KekRecipient, thumbprint: string, standing: Standing): RecipientVersion['state'] {
  if (source.approved.includes(thumbprint) || standing.approval) return 'approved';
  return standing.revoked ? 'revoked' : 'waiting_for_approval';
}

function decisionOf(
  source: KekRecipient,
  thumbprint: string,
  { approval, revoked }: Standing,
): RecipientVersion['decided'] {
  if (source.approved.includes(thumbprint)) return { by: 'settings', at: null };
  const decision = approval ?? revoked;
  return decision === undefined ? null : { by: decision.by, at: decision.at };
}

function unusable(version: Omit<RecipientVersion, 'state'>, fault: string): RecipientVersion {
  return { ...version, state: 'unusable', fault };
}

/** Passes over a key that is no fit recipient. Faults of the program, and what could not be asked, are thrown. */
function passOver(error: unknown): undefined {
  if (error instanceof StrongroomError && error.code === 'recipient_unusable') return undefined;
  throw error;
}
