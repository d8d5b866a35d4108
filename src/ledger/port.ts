import { type AlertKind, type AlertRecord, type Severity } from '../contracts/alerts';
import { type AuditOutcome } from '../contracts/audit';
import {
  type DataKeyRef,
  type ListedObject,
  type ObjectKind,
  type ObjectOutcome,
  type Tier,
} from '../contracts/objects';
import { type PlanRecord } from '../contracts/plans';
import { type PruneDecision, type PruneReason } from '../contracts/pruning';
import { type RunKind, type RunRecord, type RunStatus } from '../contracts/runs';
import { type Manifest, type ObjectFacts, type SnapshotCounts } from '../contracts/snapshots';
import { type PolicyAuditLedger } from './port-policy-audits';
import { type LedgerCleaning } from './port-cleaning';

// The ledger is state and cache in Table Storage: a hint for whoever reads it, while the archive alone is the truth. All methods throw
// `StrongroomError` with a `ledger_*` code. The app needs Storage Table Data Contributor on the ledger's account; tables are made by the deployment.

/** One page of a listing; `continuation` is opaque, `null` on the last page. */
export interface Page<T> {
  items: T[];
  continuation: string | null;
}

export interface RunFilter {
  vault?: string;
  tier?: Tier;
  kind?: RunKind;
  status?: RunStatus;
  /** ISO 8601, by `createdAt`'s second, which the run id carries: from (inclusive), until (exclusive). */
  from?: string;
  until?: string;
}

/** Fields of a run that change after it was created. */
export type RunChange = Partial<
  Pick<
    RunRecord,
    | 'status'
    | 'code'
    | 'warnings'
    | 'startedAt'
    | 'endedAt'
    | 'cancelRequestedAt'
    | 'inventory'
    | 'total'
    | 'counts'
    | 'snapshotStored'
    | 'runs'
    | 'prune'
  >
>;

/** Records of runs (table `runs`). */
export interface RunLedger {
  /** Creates the record; `false` if one with this id is there already, which is left as it is. May run twice. */
  create(run: RunRecord): Promise<boolean>;
  get(id: string): Promise<RunRecord | undefined>;
  /**
   * Changes a run that has not ended. Returns the record afterwards; of a run that has ended, or has just been ended by somebody else, the
   * record unchanged: an ended run tells the truth for ever. `undefined` if there is no such run. May run twice.
   */
  change(id: string, change: RunChange): Promise<RunRecord | undefined>;
  /** Newest first. */
  list(filter: RunFilter, limit: number, continuation?: string): Promise<Page<RunRecord>>;
}

/** An object of a run's inventory and what became of it; `outcome` is `null` until its turn. */
export interface ObjectRow extends ListedObject, ObjectFacts {
  /** Position in the inventory, from 0. */
  ordinal: number;
  outcome: ObjectOutcome | null;
  code: string | null;
  /**
   * Opaque; set by `read` on a row without outcome, and given back with the row to `recordBatch`, which then needs no look at the table first. Without
   * it `recordBatch` reads the row again.
   */
  revision?: string;
}

/** The sums of a run so far, and the data keys that its batches used. `done` counts the objects that have an outcome. */
export interface Tally {
  done: number;
  counts: SnapshotCounts;
  dataKeys: DataKeyRef[];
}

export interface ObjectFilter {
  kind?: ObjectKind;
  outcome?: ObjectOutcome;
  code?: string;
}

/** The objects of a run (table `objects`, one partition per inventory attempt, which is never shared by two executions). */
export interface ObjectLedger {
  /** Adds rows with ordinals from `first` on. For a partition that only this execution writes; not to be run twice. */
  add(inventory: string, first: number, objects: readonly ListedObject[]): Promise<void>;
  /** Rows with `first <= ordinal < end`, in order. */
  read(inventory: string, first: number, end: number): Promise<ObjectRow[]>;
  /** All rows in order, page by page. */
  readAll(inventory: string): AsyncIterable<ObjectRow>;
  /**
   * Writes the outcomes of a batch, each transaction together with the sums and data keys of its rows, so that the tally is right however far it got.
   * Rows that already have another outcome in the table are refused with `ledger_conflict` (another execution of the batch was faster): read again
   * and see. Rows that are recorded exactly as given are left as they are, so it may run twice. `rows` must be the whole batch, with outcomes.
   */
  recordBatch(inventory: string, rows: readonly ObjectRow[], dataKeys: readonly DataKeyRef[]): Promise<void>;
  /** Sums over all recorded batches: one row per transaction is read, not one per object. */
  tally(inventory: string): Promise<Tally>;
  list(inventory: string, filter: ObjectFilter, limit: number, continuation?: string): Promise<Page<ObjectRow>>;
}

/** A snapshot as the catalog knows it: the signed manifest without its blob list, and the digest of the `manifest.jws` bytes. */
export interface SnapshotRecord extends Omit<Manifest, 'blobs' | 'format' | 'type'> {
  /** Short name of the vault. */
  shortName: string;
  digest: string;
  blobCount: number;
  /** Bytes of all blobs but the manifest. */
  bytes: number;
  /** That the archive has a record which sets it aside. */
  excluded?: { at: string; reason: string } | null;
}

export interface SnapshotFilter {
  vault?: string;
  tier?: Tier;
  /** Only those that count as good ones of their vault and tier, or only the others (`isGood`). */
  good?: boolean;
}

/** The catalog of snapshots (table `snapshots`): a cache that can be rebuilt from the manifests at any time. */
export interface SnapshotCatalog {
  /** May run twice. */
  put(snapshot: SnapshotRecord): Promise<void>;
  get(id: string): Promise<SnapshotRecord | undefined>;
  /** Forgets a snapshot that is no longer in the archive. May run twice. */
  remove(id: string): Promise<void>;
  /** Newest first. */
  list(filter: SnapshotFilter, limit: number, continuation?: string): Promise<Page<SnapshotRecord>>;
}

/** A snapshot that a run works with until a time (ISO 8601). */
export interface SnapshotUse {
  snapshot: string;
  runId: string;
  until: string;
}

/**
 * Which snapshots are worked with now, so that they are not pruned meanwhile (table `state`, partition `uses`). Whoever wants to work with a snapshot marks
 * it first, and then looks whether it is still there.
 */
export interface SnapshotUses {
  /** Marks a snapshot, or prolongs the mark of this run. May run twice. */
  begin(use: SnapshotUse): Promise<void>;
  /** Takes this run's mark away. May run twice. */
  end(use: Pick<SnapshotUse, 'snapshot' | 'runId'>): Promise<void>;
  /** Ids of the snapshots with a mark whose time is after `now` (ISO 8601). */
  current(now: string): Promise<Set<string>>;
}

/** What prune runs decided (table `objects`, one partition per run). */
export interface PruneDecisions {
  /** Writes decisions of a run, over those on the same subjects. May run twice. */
  put(runId: string, decisions: readonly PruneDecision[]): Promise<void>;
  /** By vault, tier and sequence. */
  list(runId: string, filter: DecisionFilter, limit: number, continuation?: string): Promise<Page<PruneDecision>>;
}

export interface DecisionFilter {
  vault?: string;
  tier?: Tier;
  decision?: PruneDecision['decision'];
  reason?: PruneReason;
}

/** A claim on a vault and tier: only its holder may run a backup there. */
export interface Claim {
  vault: string;
  tier: Tier;
  runId: string;
}

/** Who may back up which vault and tier now (table `state`, partition `claims`). */
export interface Claims {
  /**
   * Takes all of them for their runs, or none. Succeeds again for a run that holds its claim already, and prolongs it (never shortens it). A claim past its
   * `until` is taken over. Returns the claims of others that stand in the way, empty on success. Up to 100 at once are atomic; more are taken in
   * blocks, and given back if a later block fails.
   */
  take(claims: readonly Claim[], now: string, until: string): Promise<Claim[]>;
  /** Gives claims back; one that another run holds by now stays. May run twice. */
  release(claims: readonly Claim[]): Promise<void>;
}

/** What somebody changed, or tried to change (table `audit`). */
export interface AuditEntry {
  /** ISO 8601 in UTC. */
  at: string;
  /** What was done, such as `backup.start`, `plan.put`, `recipient.approve`. */
  action: string;
  /** Object id of the caller's token; `system` for what the app does by itself. */
  actor: string;
  /** What it was done to: a vault's short name, a run id, a thumbprint…; never a value. */
  subject: string;
  outcome: AuditOutcome;
  /** Why it was refused or failed. */
  code: string | null;
  /** What the caller gave as the reason, if the action takes one. Free text of a person. */
  reason: string | null;
  /** Further facts that are safe to keep. */
  details: Readonly<Record<string, string | number | boolean>>;
  correlationId: string;
}

export interface AuditFilter {
  action?: string;
  actor?: string;
  subject?: string;
  /** ISO 8601: from (inclusive), until (exclusive). */
  from?: string;
  until?: string;
}

/** The audit trail: entries are added and read, never changed; housekeeping removes them when they have had their time. */
export interface AuditTrail {
  /** Adds an entry. A second run with the same entry adds it once: its key is made of its content. */
  add(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, limit: number, continuation?: string): Promise<Page<AuditEntry>>;
}

export interface AlertFilter {
  open?: boolean;
  kind?: AlertKind;
  severity?: Severity;
  vault?: string;
}

/** Alerts (table `alerts`). What becomes of one is decided by `decide`, which is called again if somebody was faster, and so must do nothing else. */
export interface AlertLedger {
  /**
   * Lets `decide` see the newest alert of a kind and subject, and writes what it returns: the same alert changed, or, with another id, a new one, which is the
   * newest from then on. `undefined` writes nothing. Returns the newest afterwards, changed or not. Whether it may run twice is up to `decide`.
   */
  write(
    key: { kind: AlertKind; subject: string },
    decide: (newest: AlertRecord | undefined) => AlertRecord | undefined,
  ): Promise<AlertRecord | undefined>;
  /** The same for one alert by its id; returns the alert afterwards, changed or not, `undefined` if there is none. */
  change(id: string, decide: (alert: AlertRecord) => AlertRecord | undefined): Promise<AlertRecord | undefined>;
  get(id: string): Promise<AlertRecord | undefined>;
  /** Newest first. */
  list(filter: AlertFilter, limit: number, continuation?: string): Promise<Page<AlertRecord>>;
  /** Ids of all alerts that have a message to be sent. */
  undelivered(): Promise<string[]>;
}

/** Signed approvals of recipients, by thumbprint (table `state`, partition `approvals`). What is in them is for the reader to verify. */
export interface ApprovalLedger {
  get(thumbprint: string): Promise<string | undefined>;
  /** Takes the place of what was there. May run twice. */
  put(thumbprint: string, statement: string): Promise<void>;
}

/** Plans of vaults (table `plans`), by short name. */
export interface PlanLedger {
  /** All of them, by short name. */
  list(): Promise<PlanRecord[]>;
  get(vault: string): Promise<PlanRecord | undefined>;
  /**
   * Writes the plan if the one there has the revision `expected`, `null` if there must be none; `false` if not. May run twice: a record with this very
   * revision counts as written.
   */
  put(record: PlanRecord, expected: string | null): Promise<boolean>;
  /** Removes the plan if it has the revision `expected`; `false` if it has another one. May run twice: no plan at all counts as removed. */
  remove(vault: string, expected: string): Promise<boolean>;
}

/** All parts of the ledger. */
export interface Ledger {
  runs: RunLedger;
  objects: ObjectLedger;
  snapshots: SnapshotCatalog;
  claims: Claims;
  uses: SnapshotUses;
  pruneDecisions: PruneDecisions;
  audit: AuditTrail;
  approvals: ApprovalLedger;
  alertRecords: AlertLedger;
  plans: PlanLedger;
  policyAudits: PolicyAuditLedger;
  cleaning: LedgerCleaning;
  /** Proves that the tables are there and readable; `ledger_table_missing` says to run the deployment. */
  check(): Promise<void>;
}
