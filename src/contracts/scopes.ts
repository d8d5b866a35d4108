import { type ObjectKind, objectKinds } from './objects';

/** How an object is kept: `native`, the vault's own backup; `portable`, its values, which open in any vault. Keys are native only. */
export const payloadKinds = ['native', 'portable'] as const;
export type PayloadKind = (typeof payloadKinds)[number];

/**
 * What a backup run takes. It is fixed when the run is asked for and kept in the run's record, so that a plan that is changed meanwhile changes nothing
 * halfway. Names and globs are free text: they stay in the ledger and never enter a durable history.
 */
export interface BackupScope {
  /** Which kinds of objects are listed at all. */
  kinds: ObjectKind[];
  /** Globs (`*` and `?`, without regard to case) over names that are left out. */
  exclude: string[];
  payloads: { secret: PayloadKind[]; certificate: PayloadKind[] };
  /** Names or globs that somebody chose for a manual run; `null`: everything. A snapshot of a choice never counts as its vault's newest good one. */
  select: string[] | null;
}

/** Everything in a vault, as native payloads: what a vault without a plan gets. */
export const WHOLE_VAULT: BackupScope = {
  kinds: [...objectKinds],
  exclude: [],
  payloads: { secret: ['native'], certificate: ['native'] },
  select: null,
};
