import { type Clock } from '../clock';
import { type RecordPlace, type SignedRecord, signedRecordSchema } from '../contracts/records';
import { FORMAT } from '../contracts/snapshots';
import { parseRecordPath } from '../domain/records';
import { StrongroomError } from '../errors';
import { type VaultKeys } from '../vault/port';
import { canonicalHeader } from './compact-jws';
import { type KeyTrust, trustEveryVersion } from './key-trust';
import { type RecordSigner } from './port';
import { VaultJws } from './vault-jws';

/** Signs records with versions of `key`, a versionless key id. Records are verified by `trust`; without it, every version of that key is trusted. */
export function createRecordSigner(options: {
  key: string;
  keys: VaultKeys;
  clock: Clock;
  trust?: KeyTrust;
}): RecordSigner {
  const { key: keyId, keys, clock } = options;
  const vaultJws = new VaultJws([keyId], keys, clock);
  const trust = options.trust ?? trustEveryVersion(keyId, vaultJws);
  return {
    resolve: () => vaultJws.usable(keyId),

    async sign(key, record) {
      const payload = Buffer.from(JSON.stringify(signedRecordSchema.parse(record)), 'utf8');
      return vaultJws.sign(key, { typ: 'strongroom-record', sr_format: FORMAT }, payload);
    },

    async verify(place, jws) {
      const hint = checkRecordHeader(place, jws);
      const verified = await trust.verified(place, jws, hint);
      if (!verified) throw damagedRecord(place, 'signature');
      return { record: decodeRecord(place, verified.payload), thumbprint: verified.thumbprint };
    },
  };
}

/** Checks what of a record's protected header needs no key, and gives its `kid`, a hint. Throws `unknown_format` or `record_damaged`. */
function checkRecordHeader(place: RecordPlace, jws: string): string | undefined {
  const header = canonicalHeader(jws);
  if (header === undefined) throw damagedRecord(place, 'encoding');
  if (header['typ'] !== 'strongroom-record') throw damagedRecord(place, 'typ');
  if (header['crit'] !== undefined || header['sr_format'] !== FORMAT) throw unknownFormat(place);
  return header.kid;
}

/** The record in a payload whose signature is good, if it belongs where it lies. Throws `unknown_format` or `record_damaged`. */
function decodeRecord(place: RecordPlace, payload: Uint8Array): SignedRecord {
  const content = json(place, payload);
  if (typeof content !== 'object' || content === null || !('format' in content)) throw damagedRecord(place, 'payload');
  if (content.format !== FORMAT) throw unknownFormat(place);
  const parsed = signedRecordSchema.safeParse(content);
  if (!parsed.success) throw damagedRecord(place, parsed.error.issues[0]?.path.join('.') ?? 'payload');
  const { record, vault, tier, at } = parsed.data;
  const named = parseRecordPath(place.path);
  const belongs =
    tier === place.tier &&
    named?.shortName === place.shortName &&
    named.shortName === shortNameOf(vault) &&
    named.kind === record &&
    named.at === at;
  if (!belongs) throw damagedRecord(place, 'place');
  return parsed.data;
}

function json(place: RecordPlace, payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    throw damagedRecord(place, 'payload');
  }
}

function shortNameOf(vault: string): string | undefined {
  return URL.canParse(vault) ? new URL(vault).hostname.split('.')[0] : undefined;
}

/** A record that is not what it should be; `where` names the part, and is ours or a path in the schema. */
function damagedRecord({ tier, path }: RecordPlace, where: string): StrongroomError {
  return new StrongroomError('record_damaged', 'A signed record is damaged, forged, or not where it belongs.', {
    details: { tier, path, where },
  });
}

function unknownFormat({ tier, path }: RecordPlace): StrongroomError {
  return new StrongroomError(
    'unknown_format',
    `A signed record is of a format that this version of Strongroom does not know; it reads format ${FORMAT} only. Use a newer one.`,
    { details: { tier, path } },
  );
}
