import { type RecordPlace, type SignedRecord, signedRecordSchema } from '../contracts/records';
import { FORMAT } from '../contracts/snapshots';
import { parseRecordPath } from '../domain/records';
import { StrongroomError } from '../errors';
import { canonicalHeader } from './compact-jws';

/** Checks what of a record's protected header needs no key, and gives its `kid`, a hint. Throws `unknown_format` or `record_damaged`. */
export function checkRecordHeader(place: RecordPlace, jws: string): string | undefined {
  const header = canonicalHeader(jws);
  if (header === undefined) throw damagedRecord(place, 'encoding');
  if (header['typ'] !== 'strongroom-record') throw damagedRecord(place, 'typ');
  if (header['crit'] !== undefined || header['sr_format'] !== FORMAT) throw unknownFormat(place);
  return header.kid;
}

/** The record in a payload whose signature is good, if it belongs where it lies. Throws `unknown_format` or `record_damaged`. */
export function decodeRecord(place: RecordPlace, payload: Uint8Array): SignedRecord {
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
export function damagedRecord({ tier, path }: RecordPlace, where: string): StrongroomError {
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
