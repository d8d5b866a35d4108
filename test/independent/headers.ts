import { Refusal } from './findings';
import { type Members } from './members';

/** What a protected header must say about the blob that carries it (section 2). */
export interface ExpectedHeader {
  readonly typ: 'strongroom-key' | 'strongroom-item' | 'strongroom-index' | 'strongroom-manifest';
  readonly snapshot: string;
  /** Path within the snapshot's folder; not for manifests. */
  readonly blob?: string;
}

/**
 * Throws a `Refusal` if the header is of an unknown format (`format_unknown`), demands what this reader does not
 * understand (format 1 defines no `crit`), or belongs to another place.
 */
export function checkHeader(header: Members, expected: ExpectedHeader): void {
  const { blob } = expected;
  checkFormat(header.raw('sr_format'), blob);
  if (header.raw('crit') !== undefined || header.raw('zip') !== undefined) {
    throw new Refusal('format_unknown', 'the header demands an extension that format 1 does not have', blob);
  }
  const misplaced = blob === undefined ? 'manifest_damaged' : 'blob_misplaced';
  if (header.raw('typ') !== expected.typ) throw new Refusal(misplaced, `typ is not ${expected.typ}`, blob);
  if (header.raw('sr_snapshot') !== expected.snapshot) {
    throw new Refusal(misplaced, 'the header names another snapshot', blob);
  }
  if (blob !== undefined && header.raw('sr_blob') !== blob) {
    throw new Refusal(misplaced, 'the header names another blob', blob);
  }
}

/** Refuses a format number other than 1 by name. */
export function checkFormat(format: unknown, blob?: string): void {
  if (format === 1) return;
  const name = typeof format === 'number' ? String(format) : 'that is not a number';
  throw new Refusal('format_unknown', `format ${name} is not known to this reader, which knows format 1`, blob);
}
