/** What tells whether a snapshot is worth to be restored from. Members that older manifests lack may be absent. */
export interface SnapshotWorth {
  outcome: 'complete' | 'partial';
  /** The manifest's `scope`: `selected` if somebody chose the objects, so that others of the vault are not in it. */
  scope?: { selected: boolean } | undefined;
  /** Whether a signed record of the archive sets the snapshot aside. */
  isExcluded: boolean;
}

/** Whether a snapshot counts as one of its vault's good ones: complete, of the whole vault or its plan, and not set aside. */
export function isGood({ outcome, scope, isExcluded }: SnapshotWorth): boolean {
  return outcome === 'complete' && scope?.selected !== true && !isExcluded;
}
