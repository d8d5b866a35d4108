/** Which rows have had their time, and how many to remove at once. */
export interface Portion {
  /** ISO 8601: what ended before this time may go. */
  until: string;
  /** Go on after this place, which an earlier portion told; `''` at first. */
  after: string;
  /** Rows, more or less. */
  limit: number;
}

/** `next`: where to go on; `null`: there is no more. It names ids and times only. */
export interface Cleaned {
  removed: number;
  next: string | null;
}

/**
 * Removes from the ledger what has had its time, one portion at a time. All of it may run twice, and beside itself, and be cut off anywhere: what is gone
 * is not missed, and what is left is found again.
 */
export interface LedgerCleaning {
  /**
   * Objects of inventories and decisions of prunes, of runs that have ended, and of runs that are not there any more; rows of inventories that their run does
   * not name any more go with them.
   */
  objectRows(portion: Portion): Promise<Cleaned>;
  /** Records of runs that have ended. */
  runs(portion: Portion): Promise<Cleaned>;
  /** Alerts that are resolved and have nothing left to be told. */
  alerts(portion: Portion): Promise<Cleaned>;
  /** Entries of the audit trail. */
  audit(portion: Portion): Promise<Cleaned>;
}
