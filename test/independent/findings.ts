/** What may be wrong with a snapshot or with the chain of them: the codes of section 8, and `no_manifest`. */
export type FindingCode =
  | 'manifest_damaged'
  | 'format_unknown'
  | 'blob_missing'
  | 'blob_truncated'
  | 'blob_damaged'
  | 'chain_forked'
  | 'chain_broken'
  | 'snapshot_missing'
  | 'snapshot_overdue'
  | 'head_mismatch'
  | 'orphan'
  | 'record_refused'
  | 'no_manifest';

/** One thing that verification has to say. It names paths, ids and digests, never the name of an object. */
export interface Finding {
  readonly code: FindingCode;
  /** A `fault` disproves something that the snapshots claim; a `note` is normal, but worth knowing. */
  readonly severity: 'fault' | 'note';
  /** The snapshot's id, or the name of its folder where that is not an id. */
  readonly snapshot?: string;
  /** Path of the blob within the snapshot's folder; of a record, within the container. */
  readonly blob?: string;
  /** One sentence for a person. */
  readonly detail: string;
}

/** Where a finding belongs. */
export interface FindingPlace {
  readonly snapshot?: string | undefined;
  readonly blob?: string | undefined;
}

const NOTES: ReadonlySet<FindingCode> = new Set(['orphan', 'no_manifest', 'record_refused']);

/** Makes a finding; `orphan`, `no_manifest` and `record_refused` are notes, everything else is a fault. */
export function finding(code: FindingCode, detail: string, place: FindingPlace = {}): Finding {
  return {
    code,
    severity: NOTES.has(code) ? 'note' : 'fault',
    ...(place.snapshot === undefined ? {} : { snapshot: place.snapshot }),
    ...(place.blob === undefined ? {} : { blob: place.blob }),
    detail,
  };
}

/** Codes with which a blob is refused: those of findings that concern one blob, and those that only opening can meet. */
export type RefusalCode =
  | 'manifest_damaged'
  | 'format_unknown'
  | 'blob_missing'
  | 'blob_truncated'
  | 'blob_damaged'
  | 'blob_misplaced'
  | 'index_disagrees'
  | 'not_a_recipient'
  | 'payload_unknown';

/** A blob that must not be used. Its message names paths and ids, never the name of an object or any plaintext. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** Path of the blob within the snapshot's folder, where one blob is at fault. */
    readonly blob?: string,
  ) {
    super(message);
  }
}
