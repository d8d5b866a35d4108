import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { KEY_SUCCESSION, keySuccessionSchema } from '../contracts/signing-keys';
import { type RecordPlace } from '../contracts/records';
import { type Tier } from '../contracts/objects';
import { parseRecordPath, recordFolder } from '../domain/records';
import { StrongroomError } from '../errors';
import { canonicalHeader, verifiedPayload } from './compact-jws';
import { ExpiringCache } from './expiring-cache';
import { type KeyTrust, type Verified } from './key-trust';
import { type Chain } from './port';
import { jwkKey, type VerificationKey, verificationKey } from './public-keys';
import { decodeRecord } from './record-format';
import { type VaultJws } from './vault-jws';

const SCAN_LIFETIME = 30_000;
const READS_AT_ONCE = 8;

/** Trusted keys by thumbprint. */
type Keys = Map<string, VerificationKey>;

/** The signing keys of an installation, as the settings name them. */
export interface SigningKeySettings {
  /** SIGNING_KEY, a versionless key id. */
  key: string;
  /** FORMER_SIGNING_KEYS, versionless, oldest first. */
  former: readonly string[];
  /** SIGNING_KEY_THUMBPRINTS; empty: the oldest version of the oldest key is the one to begin with. */
  pinned: readonly string[];
}

/**
 * Whose signatures on manifests and records count: the keys to begin with, and those that a trusted one has introduced by a key-succession record in the
 * tier's container (docs/format.md, section 7). Whoever may add a version to the signing key, or write blobs, can do neither: the vault alone says which version is
 * the oldest, and a record needs a signature. What was learned from records stays: they cannot be taken back.
 */
export class SigningTrust implements KeyTrust {
  private readonly learned: Record<Tier, Keys> = { daily: new Map(), monthly: new Map() };
  private readonly scans: ExpiringCache<void>;

  constructor(
    private readonly settings: SigningKeySettings,
    private readonly vaultJws: VaultJws,
    private readonly archive: Pick<Archive, 'get' | 'listBlobs' | 'listFolders'>,
    clock: Clock,
  ) {
    this.scans = new ExpiringCache(clock, SCAN_LIFETIME, 2);
  }

  async verified(chain: Chain, jws: string): Promise<Verified | undefined> {
    for await (const key of this.trustedKeys(chain)) {
      const payload = await verifiedPayload(key, jws);
      if (payload) return { payload, thumbprint: key.thumbprint };
    }
    return undefined;
  }

  /** Whether a key is trusted for the chain. Throws `signing_key_unusable` or `archive_*` if nobody knows. */
  async trusts(chain: Chain, thumbprint: string): Promise<boolean> {
    for await (const key of this.trustedKeys(chain)) if (key.thumbprint === thumbprint) return true;
    return false;
  }

  /** Thumbprints of the keys that need no record, and of those that a record in the chain's own folder introduces. */
  async introducedFor(chain: Chain): Promise<ReadonlySet<string>> {
    const anchors = await this.anchors();
    const trusted: Keys = new Map();
    for await (const key of this.trustedKeys(chain)) trusted.set(key.thumbprint, key);
    const own = await this.readFolder(chain, trusted);
    return new Set([...anchors.keys(), ...own.map(({ thumbprint }) => thumbprint)]);
  }

  /** The keys that need no record. Throws `signing_key_unusable` if a vault does not give them. */
  async anchors(): Promise<Keys> {
    const { key, former, pinned } = this.settings;
    const keys: Keys = new Map();
    if (pinned.length === 0) {
      const oldest = await this.oldestVersion(former[0] ?? key);
      if (oldest) keys.set(oldest.thumbprint, oldest);
      return keys;
    }
    for (const keyId of [...former, key]) {
      for (const kid of await this.vaultJws.versions(keyId)) {
        const version = await this.vaultJws.publicKey(kid);
        if (version && pinned.includes(version.thumbprint)) keys.set(version.thumbprint, version);
      }
    }
    return keys;
  }

  /** Looks further only as long as it is asked: what needs no record, what was learned, the chain's own records, then those of the whole container. */
  private async *trustedKeys(chain: Chain): AsyncGenerator<VerificationKey> {
    const anchors = await this.anchors();
    yield* anchors.values();
    const learned = this.learned[chain.tier];
    const given = new Set(learned.keys());
    yield* [...learned.values()];
    const fresh = (): VerificationKey[] => {
      const found = [...learned.values()].filter(({ thumbprint }) => !given.has(thumbprint));
      for (const { thumbprint } of found) given.add(thumbprint);
      return found;
    };
    await this.learn(chain.tier, [chain.shortName], anchors);
    yield* fresh();
    // A vault that was added after a succession has no record of its own: what others in its container say counts for it.
    await this.scans.get(chain.tier, async () => {
      const others = await this.archive.listFolders(chain.tier, 'records/');
      await this.learn(chain.tier, others, anchors);
    });
    yield* fresh();
  }

  /** Reads the folders until they tell nothing new: one may introduce the key that signed what lies in another. */
  private async learn(tier: Tier, shortNames: readonly string[], anchors: Keys): Promise<void> {
    const keys: Keys = new Map([...anchors, ...this.learned[tier]]);
    let before: number;
    do {
      before = keys.size;
      for (let first = 0; first < shortNames.length; first += READS_AT_ONCE) {
        const part = shortNames.slice(first, first + READS_AT_ONCE);
        await Promise.all(part.map((shortName) => this.readFolder({ tier, shortName }, keys)));
      }
    } while (keys.size > before);
    for (const [thumbprint, key] of keys) if (!anchors.has(thumbprint)) this.learned[tier].set(thumbprint, key);
  }

  /** The keys that records in one folder introduce, which it adds to `keys` one by one. Paths sort by time, so one pass follows a chain of successions. */
  private async readFolder({ tier, shortName }: Chain, keys: Keys): Promise<VerificationKey[]> {
    const found: VerificationKey[] = [];
    for (const { path } of await this.archive.listBlobs(tier, recordFolder(shortName))) {
      if (parseRecordPath(path)?.kind !== KEY_SUCCESSION) continue;
      const jws = Buffer.from(await this.archive.get(tier, path)).toString('latin1');
      const introduced = await introducedBy({ tier, shortName, path }, jws, keys);
      if (!introduced) continue;
      keys.set(introduced.thumbprint, introduced);
      found.push(introduced);
    }
    return found;
  }

  /** The oldest version that can sign at all. Nobody can make a version that is older than one that is there. */
  private async oldestVersion(keyId: string): Promise<VerificationKey | undefined> {
    for (const kid of [...(await this.vaultJws.versions(keyId))].reverse()) {
      const key = await this.vaultJws.publicKey(kid);
      if (key) return key;
    }
    return undefined;
  }
}

/** The key that a record introduces; `undefined` unless it is a sound record, in its place, by one of `trusted`. */
async function introducedBy(place: RecordPlace, jws: string, trusted: Keys): Promise<VerificationKey | undefined> {
  if (canonicalHeader(jws)?.['typ'] !== 'strongroom-record') return undefined;
  for (const signer of trusted.values()) {
    const payload = await verifiedPayload(signer, jws);
    if (!payload) continue;
    try {
      const record = keySuccessionSchema.safeParse(decodeRecord(place, payload));
      if (!record.success || record.data.from.thumbprint !== signer.thumbprint) return undefined;
      const { jwk, thumbprint } = record.data.to;
      const key = await verificationKey(jwkKey(jwk, 'record_damaged'));
      return key?.thumbprint === thumbprint ? key : undefined;
    } catch (error) {
      if (error instanceof StrongroomError) return undefined;
      throw error;
    }
  }
  return undefined;
}
