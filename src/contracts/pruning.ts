import { z } from 'zod';
import { type Tier } from './objects';

/**
 * Why a snapshot is kept or dropped. `damaged` and `unattributed` are kept because nobody can say what they are: a manifest that does not verify or is
 * of another format, and what does not belong into an archive at all.
 */
export const pruneReasons = [
  'expired',
  'newest_good',
  'chain_head',
  'not_yet',
  'in_use',
  'clock_behind',
  'damaged',
  'unattributed',
] as const;
export type PruneReason = (typeof pruneReasons)[number];

/** What a prune run decided on one snapshot, or on one thing in the archive that is none. */
export interface PruneDecision {
  /** Short name; `null` for what belongs to no vault. */
  vault: string | null;
  tier: Tier;
  /** The snapshot's id; of what is none, its path in the container. */
  subject: string;
  sequence: number | null;
  decision: 'keep' | 'drop';
  reason: PruneReason;
  /** As signed in the manifest; `null` if there is none that verifies. */
  retainUntil: string | null;
}

const count = z.number().int().nonnegative();

/** The sums of a prune run, or of a part of it. */
export const pruneCountsSchema = z.object({
  /** Snapshots that are gone; in a dry run, that would go. */
  dropped: count,
  /** Snapshots kept on purpose. */
  kept: count,
  /** Snapshots and blobs past their time that a policy or a legal hold still protects. */
  retained: count,
  /** Blobs removed that no manifest names, with what was left of dropped snapshots and records with nothing left to prove. */
  orphans: count,
  /** Snapshots and records that do not verify. */
  damaged: count,
  /** Things in the archive that belong to nothing known. */
  unattributed: count,
  /** Vaults and tiers that could not be pruned. */
  failed: count,
});
export type PruneCounts = z.infer<typeof pruneCountsSchema>;
