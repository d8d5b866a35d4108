import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type Approval, approvalSchema, RECIPIENT_REVOCATION, revocationSchema } from '../contracts/approvals';
import { FORMAT } from '../contracts/snapshots';
import { parseRecordPath, recordFolder, recordPlace } from '../domain/records';
import { StrongroomError } from '../errors';
import { type ApprovalLedger } from '../ledger/port';
import { canonicalHeader } from './compact-jws';
import { type Signing } from './signing';

/** The container with the longest lock. */
const TIER = 'monthly';
const TYP = 'strongroom-approval';

/** A version of a key-encryption key, and who decides about it. */
export interface Decision {
  kek: string;
  version: { kid: string; thumbprint: string };
  by: string;
}

/** What persons have decided about a version. */
export interface Standing {
  approval?: Approval;
  /** How often an approval was taken back, and who did so last. */
  revocations: number;
  revoked?: { at: string; by: string };
}

/**
 * Approvals of recipients that persons gave while the app runs. An approval is a statement signed by the signing key, in the ledger: who may write there can remove it, which
 * only takes it back, and can make none. Taking one back is a record in the write-once archive: an approval counts only as long as there are as many as when it was given,
 * so that one that was taken back never counts again, though somebody kept a copy.
 */
export class RecipientApprovals {
  constructor(
    private readonly statements: ApprovalLedger,
    private readonly signing: Signing,
    private readonly archive: Pick<Archive, 'put' | 'get' | 'listBlobs'>,
    private readonly clock: Clock,
  ) {}

  /** Needs the ledger, and `blobs/read`. Throws `ledger_*`, `archive_*`, `signing_key_unusable` if nobody knows. */
  async standingOf(kek: string, thumbprint: string): Promise<Standing> {
    const jws = await this.statements.get(thumbprint);
    const approval = jws === undefined ? undefined : await this.verified(jws, kek);
    const revocations = await this.revocationsOf(kek, thumbprint);
    const revoked = revocations.at(-1);
    const counts = approval?.thumbprint === thumbprint && approval.revocations === revocations.length;
    return {
      ...(counts ? { approval } : {}),
      revocations: revocations.length,
      ...(revoked ? { revoked } : {}),
    };
  }

  /** Approves a version that the caller has found fit. May run twice: the second approval takes the place of the first. Needs `keys/sign/action`. */
  async approve({ kek, version, by }: Decision): Promise<void> {
    const { revocations } = await this.standingOf(kek, version.thumbprint);
    const approval: Approval = {
      ...{ format: FORMAT, type: 'approval', kek, kid: version.kid, thumbprint: version.thumbprint, revocations },
      ...{ at: this.clock.now().toISOString(), by },
    };
    const key = await this.signing.records.resolve(chainOf(kek));
    const header = { typ: TYP, sr_format: FORMAT };
    const jws = await this.signing.vaultJws.sign(key, header, Buffer.from(JSON.stringify(approval), 'utf8'));
    await this.statements.put(version.thumbprint, jws);
  }

  /** Takes back every approval given so far. A second run takes back nothing more, and leaves a second record. Needs `keys/sign/action` and `blobs/add/action`. */
  async revoke({ kek, version: { thumbprint }, by }: Decision): Promise<void> {
    const chain = chainOf(kek);
    const record = revocationSchema.parse({
      ...{ format: FORMAT, type: 'record', record: RECIPIENT_REVOCATION, vault: new URL(kek).origin, tier: TIER },
      ...{ at: this.clock.now().toISOString(), kek, thumbprint, by },
    });
    const key = await this.signing.records.resolve(chain);
    const { path } = recordPlace(TIER, chain.shortName, record.at, RECIPIENT_REVOCATION);
    await this.archive.put(TIER, path, Buffer.from(await this.signing.records.sign(key, record), 'ascii'));
  }

  private async verified(jws: string, kek: string): Promise<Approval | undefined> {
    const header = canonicalHeader(jws);
    if (header?.['typ'] !== TYP || header['sr_format'] !== FORMAT || header['crit'] !== undefined) return undefined;
    const verified = await this.signing.trust.verified(chainOf(kek), jws);
    const parsed = verified && approvalSchema.safeParse(JSON.parse(Buffer.from(verified.payload).toString('utf8')));
    return parsed?.success === true && parsed.data.kek === kek ? parsed.data : undefined;
  }

  /** Oldest first. What does not verify is passed over: it may only be somebody else's, since what the app has written cannot be changed. */
  private async revocationsOf(kek: string, thumbprint: string): Promise<{ at: string; by: string }[]> {
    const { shortName } = chainOf(kek);
    const found: { at: string; by: string }[] = [];
    for (const { path } of await this.archive.listBlobs(TIER, recordFolder(shortName))) {
      if (parseRecordPath(path)?.kind !== RECIPIENT_REVOCATION) continue;
      const jws = Buffer.from(await this.archive.get(TIER, path)).toString('latin1');
      const record = await this.signing.records.verify({ tier: TIER, shortName, path }, jws).catch(passOver);
      const parsed = record && revocationSchema.safeParse(record.record);
      if (parsed?.success === true && parsed.data.kek === kek && parsed.data.thumbprint === thumbprint)
        found.push({ at: parsed.data.at, by: parsed.data.by });
    }
    return found;
  }
}

function chainOf(kek: string): { tier: typeof TIER; shortName: string } {
  return { tier: TIER, shortName: new URL(kek).hostname.split('.')[0] ?? '' };
}

function passOver(error: unknown): undefined {
  if (error instanceof StrongroomError && (error.code === 'record_damaged' || error.code === 'unknown_format'))
    return undefined;
  throw error;
}
