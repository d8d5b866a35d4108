import { type Clock } from '../clock';
import { type RecipientRef } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type VaultKeys, type VaultPublicKey } from '../vault/port';
import { type RecipientApprovals } from './approvals';
import { ExpiringCache } from './expiring-cache';
import { offlineKey, type OfflineRecipient } from './offline-recipient';
import { type RecipientChoice, type Recipients } from './port';
import { keyFromVault, type PublicKey, recipientKey, vaultKeyFault } from './public-keys';

/** A key-encryption key by its versionless id, with the thumbprints of the versions that the settings approve. */
export interface KekRecipient {
  kek: string;
  approved: readonly string[];
}

/** The public keys of chosen recipients. */
export interface RecipientKeys {
  /**
   * The key behind a recipient that {@link Recipients.choose} named, perhaps in another process. What a run carries with it is only a claim:
   * throws `recipient_not_approved` if nobody approves the thumbprint, and `recipient_unusable` if the vault gives another key or
   * none. Needs `keys/read` on the KEKs.
   */
  publicKey(recipient: RecipientRef): Promise<PublicKey>;
}

interface Choice {
  recipient?: RecipientRef;
  warning?: RecipientChoice['warnings'][number];
  /** Why the recipient, or its current version, is not used. */
  fault?: StrongroomError;
}

/** What persons approved beside the settings. */
type Approvals = Pick<RecipientApprovals, 'standingOf'>;

const CACHE_LIFETIME = 5 * 60_000;
const CACHE_CAPACITY = 200;

/**
 * The recipients of the settings. A choice asks the vaults anew, so that a KEK disabled a moment ago is not used; the public keys of what a run
 * has chosen are remembered for five minutes of the clock.
 */
export function createRecipients(options: {
  configured: readonly (KekRecipient | OfflineRecipient)[];
  keys: VaultKeys;
  approvals: Approvals;
  clock: Clock;
}): Recipients & RecipientKeys {
  return new ConfiguredRecipients(options.configured, options.keys, options.approvals, options.clock);
}

class ConfiguredRecipients implements Recipients, RecipientKeys {
  private readonly versions: ExpiringCache<VaultPublicKey>;

  constructor(
    private readonly configured: readonly (KekRecipient | OfflineRecipient)[],
    private readonly keys: VaultKeys,
    private readonly approvals: Approvals,
    private readonly clock: Clock,
  ) {
    this.versions = new ExpiringCache(clock, CACHE_LIFETIME, CACHE_CAPACITY);
  }

  async choose(): Promise<RecipientChoice> {
    const choices = await Promise.all(
      this.configured.map((source, index) => ('kek' in source ? this.chooseKek(source) : chooseOffline(source, index))),
    );
    const recipients = new Map<string, RecipientRef>();
    for (const { recipient } of choices) if (recipient) recipients.set(recipient.thumbprint, recipient);
    if (recipients.size === 0) throw noneLeft(choices);
    return { recipients: [...recipients.values()], warnings: choices.flatMap(({ warning }) => warning ?? []) };
  }

  async publicKey(recipient: RecipientRef): Promise<PublicKey> {
    const { kid, thumbprint } = recipient;
    const key = kid === undefined ? await this.offline(thumbprint) : await this.kek(kid, thumbprint);
    if (key.thumbprint === thumbprint) return key;
    throw new StrongroomError(
      'recipient_unusable',
      'The vault gives another key than the one that was chosen for this run.',
      { details: { thumbprint, ...(kid === undefined ? {} : { kid }) } },
    );
  }

  private async chooseKek(source: KekRecipient): Promise<Choice> {
    try {
      return { recipient: await this.usableVersion(source.kek, source) };
    } catch (error) {
      const fault = asRecipientFault(error, source.kek);
      const recipient = fault.retryable ? undefined : await this.newestUsableVersion(source);
      return { ...(recipient ? { recipient } : {}), warning: warningOf(fault, source.kek), fault };
    }
  }

  /** The version that `keyId` names, if it is approved and fit. Throws `recipient_*` or `vault_*` otherwise. */
  private async usableVersion(keyId: string, source: KekRecipient): Promise<RecipientRef> {
    const key = await this.keys.readPublicKey(keyId);
    const { thumbprint } = await recipientKey(keyFromVault(key, 'recipient_unusable'));
    if (!(await isApproved(source, thumbprint, this.approvals))) {
      throw new StrongroomError(
        'recipient_not_approved',
        'Nobody approved this version of the key-encryption key: approve it by `strongroom recipients approve`, or find out who made it.',
        { details: { kid: key.kid, thumbprint } },
      );
    }
    const reason = vaultKeyFault(key, 'unwrapKey', this.clock.now());
    if (reason === undefined) return { thumbprint, kid: key.kid };
    throw new StrongroomError('recipient_unusable', 'The key-encryption key cannot be used.', {
      details: { kid: key.kid, reason },
    });
  }

  private async newestUsableVersion(source: KekRecipient): Promise<RecipientRef | undefined> {
    try {
      for (const { kid, enabled } of await this.keys.listKeyVersions(source.kek)) {
        const recipient = enabled ? await this.usableVersion(kid, source).catch(passOver) : undefined;
        if (recipient) return recipient;
      }
    } catch (error) {
      // The warning about the current version stands for this KEK; that older ones cannot be read adds nothing to it.
      if (!(error instanceof StrongroomError && isOfVault(error))) throw error;
    }
    return undefined;
  }

  private async offline(thumbprint: string): Promise<PublicKey> {
    for (const source of this.configured) {
      if ('kek' in source) continue;
      const key = await recipientKey(offlineKey(source)).catch(passOver);
      if (key?.thumbprint === thumbprint) return key;
    }
    throw notConfigured(thumbprint);
  }

  private async kek(kid: string, thumbprint: string): Promise<PublicKey> {
    // Vaults ignore case in names, and answer with the spelling of the one who made the key.
    const isThis = ({ kek }: KekRecipient): boolean => kid.toLowerCase().startsWith(`${kek.toLowerCase()}/`);
    const source = this.configured.find((one): one is KekRecipient => 'kek' in one && isThis(one));
    if (!source || !(await isApproved(source, thumbprint, this.approvals))) throw notConfigured(thumbprint);
    try {
      const key = await this.versions.get(kid, () => this.keys.readPublicKey(kid));
      return await recipientKey(keyFromVault(key, 'recipient_unusable'));
    } catch (error) {
      throw asRecipientFault(error, kid);
    }
  }
}

async function isApproved(source: KekRecipient, thumbprint: string, approvals: Approvals): Promise<boolean> {
  if (source.approved.includes(thumbprint)) return true;
  return (await approvals.standingOf(source.kek, thumbprint)).approval !== undefined;
}

async function chooseOffline(source: OfflineRecipient, index: number): Promise<Choice> {
  try {
    const { thumbprint } = await recipientKey(offlineKey(source));
    return { recipient: { thumbprint } };
  } catch (error) {
    const recipient = `RECIPIENTS[${index}]`;
    const fault = asRecipientFault(error, recipient);
    return { warning: warningOf(fault, recipient), fault };
  }
}

/** The error in the words of this port; what a vault said becomes its reason. Faults of the program pass. */
function asRecipientFault(error: unknown, recipient: string): StrongroomError {
  if (!(error instanceof StrongroomError)) throw error;
  if (error.code.startsWith('recipient_')) return error;
  // Whoever cannot ask who is approved (ledger, archive, signing key) has no run to go on with.
  if (!isOfVault(error)) throw error;
  return new StrongroomError('recipient_unusable', 'The vault does not give the key of a recipient.', {
    cause: error,
    retryable: error.retryable,
    details: { recipient, reason: error.code },
  });
}

function isOfVault({ code }: StrongroomError): boolean {
  return code.startsWith('vault_') || code === 'source_not_found';
}

function warningOf({ code }: StrongroomError, recipient: string): RecipientChoice['warnings'][number] {
  return { code: code === 'recipient_not_approved' ? code : 'recipient_unusable', recipient };
}

/** Passes over a key that is no fit recipient; what the vault could not answer is thrown. */
function passOver(error: unknown): undefined {
  if (error instanceof StrongroomError && error.code.startsWith('recipient_')) return undefined;
  throw error;
}

function notConfigured(thumbprint: string): StrongroomError {
  return new StrongroomError(
    'recipient_not_approved',
    'The run names a recipient that nobody approves. Settings or approvals changed while it went on, or its record was tampered with.',
    { details: { thumbprint } },
  );
}

function noneLeft(choices: readonly Choice[]): StrongroomError {
  const faults = choices.flatMap(({ fault }) => fault ?? []);
  const reasons = faults.map(({ code, details }) =>
    details['reason'] === undefined ? code : `${code}:${String(details['reason'])}`,
  );
  return new StrongroomError('no_usable_recipient', 'None of the recipients in RECIPIENTS can be sealed to.', {
    retryable: faults.some(({ retryable }) => retryable),
    details: { recipients: choices.length, reasons: reasons.join(' ') },
  });
}
