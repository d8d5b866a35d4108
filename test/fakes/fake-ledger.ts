import { isDeepStrictEqual } from 'node:util';
import { type AlertRecord } from '../../src/contracts/alerts';
import { type DataKeyRef, type ListedObject } from '../../src/contracts/objects';
import { type PlanRecord } from '../../src/contracts/plans';
import { type PruneDecision } from '../../src/contracts/pruning';
import { type PolicyAudit } from '../../src/contracts/archive-policies';
import { hasEnded, type RunRecord } from '../../src/contracts/runs';
import { NO_FACTS } from '../../src/contracts/snapshots';
import { countObjects } from '../../src/domain/counts';
import { timeOfRun } from '../../src/domain/ids';
import { isGood } from '../../src/domain/good-snapshots';
import { StrongroomError } from '../../src/errors';
import {
  type AlertFilter,
  type AlertLedger,
  type ApprovalLedger,
  type AuditEntry,
  type AuditFilter,
  type AuditTrail,
  type Claim,
  type Claims,
  type DecisionFilter,
  type Ledger,
  type ObjectFilter,
  type ObjectLedger,
  type ObjectRow,
  type Page,
  type PruneDecisions,
  type RunChange,
  type RunFilter,
  type RunLedger,
  type PlanLedger,
  type SnapshotCatalog,
  type SnapshotFilter,
  type SnapshotRecord,
  type SnapshotUse,
  type SnapshotUses,
  type Tally,
} from '../../src/ledger/port';
import { type PolicyAuditLedger } from '../../src/ledger/port-policy-audits';
import { createFakeCleaning } from './fake-cleaning';

/** A ledger in memory. What is given and taken is copied, as a table would. */
export function createFakeLedger(): Ledger {
  const runs = new FakeRuns();
  const objects = new FakeObjects();
  const pruneDecisions = new FakeDecisions();
  const alertRecords = new FakeAlerts();
  const audit = new FakeAudit();
  return {
    runs,
    objects,
    snapshots: new FakeSnapshots(),
    claims: new FakeClaims(),
    uses: new FakeUses(),
    pruneDecisions,
    audit,
    approvals: new FakeApprovals(),
    alertRecords,
    plans: new FakePlans(),
    policyAudits: new FakePolicyAudits(),
    cleaning: createFakeCleaning({
      runs: runs.records,
      objects: objects.inventories,
      decisions: pruneDecisions.runs,
      alerts: alertRecords.records,
      audit: audit.entries,
    }),
    check: () => Promise.resolve(),
  };
}

/** Statements in memory, open to tests. */
export class FakeApprovals implements ApprovalLedger {
  readonly statements = new Map<string, string>();

  get(thumbprint: string): Promise<string | undefined> {
    return Promise.resolve(this.statements.get(thumbprint));
  }

  put(thumbprint: string, statement: string): Promise<void> {
    this.statements.set(thumbprint, statement);
    return Promise.resolve();
  }
}

class FakePolicyAudits implements PolicyAuditLedger {
  private kept: PolicyAudit | undefined;

  latest(): Promise<PolicyAudit | undefined> {
    return Promise.resolve(this.kept && structuredClone(this.kept));
  }

  put(audit: PolicyAudit): Promise<void> {
    this.kept = structuredClone(audit);
    return Promise.resolve();
  }
}

class FakeRuns implements RunLedger {
  readonly records = new Map<string, RunRecord>();

  create(run: RunRecord): Promise<boolean> {
    if (this.records.has(run.id)) return Promise.resolve(false);
    this.records.set(run.id, copyOf(run));
    return Promise.resolve(true);
  }

  get(id: string): Promise<RunRecord | undefined> {
    return Promise.resolve(copyOf(this.records.get(id)));
  }

  change(id: string, change: RunChange): Promise<RunRecord | undefined> {
    const record = this.records.get(id);
    if (record !== undefined && !hasEnded(record.status)) Object.assign(record, copyOf(change));
    return this.get(id);
  }

  async list(filter: RunFilter, limit: number, continuation?: string): Promise<Page<RunRecord>> {
    const { vault, tier, kind, status } = filter;
    const from = filter.from === undefined ? -Infinity : Date.parse(filter.from);
    const until = filter.until === undefined ? Infinity : Date.parse(filter.until);
    const found = newestFirst(this.records).filter(
      (run) =>
        fits(run, { vault, tier, kind, status }) &&
        timeOfRun(run.id).getTime() >= from &&
        timeOfRun(run.id).getTime() < until,
    );
    return Promise.resolve(pageOf(`runs ${vault ?? ''}`, found, ({ id }) => id, limit, continuation));
  }
}

class FakeObjects implements ObjectLedger {
  readonly inventories = new Map<string, Map<number, ObjectRow>>();
  private readonly dataKeys = new Map<string, Map<string, DataKeyRef>>();

  add(inventory: string, first: number, objects: readonly ListedObject[]): Promise<void> {
    const rows = this.inventories.get(inventory) ?? new Map<number, ObjectRow>();
    this.inventories.set(inventory, rows);
    objects.forEach((object, index) => {
      const ordinal = first + index;
      rows.set(ordinal, copyOf({ ...object, ordinal, outcome: null, code: null, ...NO_FACTS }));
    });
    return Promise.resolve();
  }

  read(inventory: string, first: number, end: number): Promise<ObjectRow[]> {
    const rows = this.sorted(inventory).filter(({ ordinal }) => ordinal >= first && ordinal < end);
    return Promise.resolve(rows.map((row) => (row.outcome === null ? { ...row, revision: '1' } : row)));
  }

  async *readAll(inventory: string): AsyncIterable<ObjectRow> {
    yield* await Promise.resolve(this.sorted(inventory));
  }

  async recordBatch(inventory: string, rows: readonly ObjectRow[], dataKeys: readonly DataKeyRef[]): Promise<void> {
    const table = await Promise.resolve(this.inventories.get(inventory) ?? new Map<number, ObjectRow>());
    const given = rows.map(({ revision: _, ...row }) => row);
    for (const row of given) {
      if (row.outcome === null) throw new StrongroomError('internal_error', 'An object has no outcome yet.');
      const there = table.get(row.ordinal);
      if (there === undefined) throw new StrongroomError('ledger_refused', 'There is no such object.');
      if (there.outcome !== null && !isDeepStrictEqual(there, row)) {
        throw new StrongroomError('ledger_conflict', 'Another execution was faster.');
      }
    }
    for (const row of given) table.set(row.ordinal, copyOf(row));
    const keys = this.dataKeys.get(inventory) ?? new Map<string, DataKeyRef>();
    for (const key of dataKeys) keys.set(key.id, copyOf(key));
    this.dataKeys.set(inventory, keys);
  }

  tally(inventory: string): Promise<Tally> {
    const counts = countObjects(
      this.sorted(inventory).flatMap(({ outcome, ...row }) => (outcome === null ? [] : [{ ...row, outcome }])),
    );
    return Promise.resolve({
      done: counts.objects,
      counts,
      dataKeys: [...(this.dataKeys.get(inventory)?.values() ?? [])],
    });
  }

  async list(inventory: string, filter: ObjectFilter, limit: number, continuation?: string): Promise<Page<ObjectRow>> {
    const { kind, outcome, code } = filter;
    const found = this.sorted(inventory).filter((row) => fits(row, { kind, outcome, code }));
    return Promise.resolve(
      pageOf(`objects ${inventory}`, found, ({ ordinal }) => String(ordinal), limit, continuation),
    );
  }

  private sorted(inventory: string): ObjectRow[] {
    const rows = [...(this.inventories.get(inventory)?.values() ?? [])];
    return copyOf(rows.sort((one, other) => one.ordinal - other.ordinal));
  }
}

class FakeSnapshots implements SnapshotCatalog {
  private readonly records = new Map<string, SnapshotRecord>();

  put(snapshot: SnapshotRecord): Promise<void> {
    this.records.set(snapshot.snapshot, copyOf(snapshot));
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.records.delete(id);
    return Promise.resolve();
  }

  get(id: string): Promise<SnapshotRecord | undefined> {
    return Promise.resolve(copyOf(this.records.get(id)));
  }

  async list(
    { vault, tier, good }: SnapshotFilter,
    limit: number,
    continuation?: string,
  ): Promise<Page<SnapshotRecord>> {
    const found = newestFirst(this.records).filter(
      (record) =>
        fits(record, { shortName: vault, tier }) &&
        (good === undefined || isGood({ ...record, isExcluded: false }) === good),
    );
    const scope = `snapshots ${vault ?? ''} ${tier ?? ''} ${good ?? ''}`;
    return Promise.resolve(pageOf(scope, found, ({ snapshot }) => snapshot, limit, continuation));
  }
}

class FakePlans implements PlanLedger {
  private readonly records = new Map<string, PlanRecord>();

  list(): Promise<PlanRecord[]> {
    const sorted = [...this.records].sort(([one], [other]) => (one < other ? -1 : 1));
    return Promise.resolve(copyOf(sorted.map(([, record]) => record)));
  }

  get(vault: string): Promise<PlanRecord | undefined> {
    return Promise.resolve(copyOf(this.records.get(vault)));
  }

  put(record: PlanRecord, expected: string | null): Promise<boolean> {
    const revision = this.records.get(record.vault)?.revision ?? null;
    if (revision !== record.revision && revision !== expected) return Promise.resolve(false);
    this.records.set(record.vault, copyOf(record));
    return Promise.resolve(true);
  }

  remove(vault: string, expected: string): Promise<boolean> {
    const before = this.records.get(vault);
    if (before !== undefined && before.revision !== expected) return Promise.resolve(false);
    this.records.delete(vault);
    return Promise.resolve(true);
  }
}

class FakeClaims implements Claims {
  private readonly held = new Map<string, Claim & { until: string }>();

  take(claims: readonly Claim[], now: string, until: string): Promise<Claim[]> {
    const inTheWay = claims.flatMap((claim) => {
      const holder = this.held.get(keyOf(claim));
      if (holder === undefined || holder.runId === claim.runId || holder.until <= now) return [];
      return [{ vault: holder.vault, tier: holder.tier, runId: holder.runId }];
    });
    if (inTheWay.length > 0) return Promise.resolve(inTheWay);
    for (const claim of claims) {
      const before = this.held.get(keyOf(claim));
      const isLonger = before !== undefined && before.runId === claim.runId && before.until > until;
      this.held.set(keyOf(claim), { ...claim, until: isLonger ? before.until : until });
    }
    return Promise.resolve([]);
  }

  release(claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) {
      if (this.held.get(keyOf(claim))?.runId === claim.runId) this.held.delete(keyOf(claim));
    }
    return Promise.resolve();
  }
}

class FakeUses implements SnapshotUses {
  private readonly marks = new Map<string, SnapshotUse>();

  begin(use: SnapshotUse): Promise<void> {
    this.marks.set(`${use.snapshot} ${use.runId}`, copyOf(use));
    return Promise.resolve();
  }

  end({ snapshot, runId }: Pick<SnapshotUse, 'snapshot' | 'runId'>): Promise<void> {
    this.marks.delete(`${snapshot} ${runId}`);
    return Promise.resolve();
  }

  current(now: string): Promise<Set<string>> {
    const marks = [...this.marks.values()].filter(({ until }) => Date.parse(until) > Date.parse(now));
    return Promise.resolve(new Set(marks.map(({ snapshot }) => snapshot)));
  }
}

class FakeDecisions implements PruneDecisions {
  readonly runs = new Map<string, Map<string, PruneDecision>>();

  put(runId: string, decisions: readonly PruneDecision[]): Promise<void> {
    const rows = this.runs.get(runId) ?? new Map<string, PruneDecision>();
    for (const decision of decisions) rows.set(orderOf(decision), copyOf(decision));
    this.runs.set(runId, rows);
    return Promise.resolve();
  }

  async list(
    runId: string,
    filter: DecisionFilter,
    limit: number,
    continuation?: string,
  ): Promise<Page<PruneDecision>> {
    const rows = [...(this.runs.get(runId) ?? new Map<string, PruneDecision>()).entries()].sort(([one], [other]) =>
      one < other ? -1 : 1,
    );
    const found = copyOf(rows.map(([, row]) => row).filter((row) => fits(row, filter)));
    return Promise.resolve(pageOf(`decisions ${runId}`, found, orderOf, limit, continuation));
  }
}

function orderOf({ vault, tier, sequence, subject }: PruneDecision): string {
  return `${vault ?? ''} ${tier} ${String(sequence ?? 0).padStart(10, '0')} ${subject}`;
}

function keyOf({ vault, tier }: Claim): string {
  return `${vault}-${tier}`;
}

/** As a table would: by way of JSON. */
function copyOf<T>(record: T): T {
  return record === undefined ? record : (JSON.parse(JSON.stringify(record)) as T);
}

/** Whether the record has every value that is asked for. */
function fits<T extends object>(record: T, wanted: { [K in keyof T]?: T[K] | undefined }): boolean {
  return Object.entries(wanted).every(([name, value]) => value === undefined || record[name as keyof T] === value);
}

function newestFirst<T>(records: ReadonlyMap<string, T>): T[] {
  const sorted = [...records].sort(([one], [other]) => {
    const later = other.slice(0, 16).localeCompare(one.slice(0, 16));
    return later === 0 ? one.localeCompare(other) : later;
  });
  return copyOf(sorted.map(([, record]) => record));
}

function pageOf<T>(
  scope: string,
  found: T[],
  keyOfItem: (item: T) => string,
  limit: number,
  continuation?: string,
): Page<T> {
  let start = 0;
  if (continuation !== undefined) {
    const [tokenScope, key] = continuation.split('\n');
    if (tokenScope !== scope) throw new StrongroomError('invalid_request', 'This continuation does not belong here.');
    start = found.findIndex((item) => keyOfItem(item) === key) + 1;
  }
  const items = found.slice(start, start + limit);
  const last = items.at(-1);
  const isLast = last === undefined || start + limit >= found.length;
  return { items, continuation: isLast ? null : `${scope}\n${keyOfItem(last)}` };
}

class FakeAudit implements AuditTrail {
  readonly entries: AuditEntry[] = [];

  add(entry: AuditEntry): Promise<void> {
    if (!this.entries.some((known) => isDeepStrictEqual(known, entry))) this.entries.push(copyOf(entry));
    return Promise.resolve();
  }

  list({ from, until, ...equal }: AuditFilter, limit: number, continuation?: string): Promise<Page<AuditEntry>> {
    const found = this.entries
      .filter(
        (entry) =>
          fits(entry, equal) &&
          (from === undefined || Date.parse(entry.at) >= Date.parse(from)) &&
          (until === undefined || Date.parse(entry.at) < Date.parse(until)),
      )
      .sort((one, other) => (one.at < other.at ? 1 : -1));
    return Promise.resolve(pageOf('audit', copyOf(found), (entry) => JSON.stringify(entry), limit, continuation));
  }
}

class FakeAlerts implements AlertLedger {
  readonly records = new Map<string, AlertRecord>();
  private readonly newest = new Map<string, string>();

  write(
    { kind, subject }: Pick<AlertRecord, 'kind' | 'subject'>,
    decide: (newest: AlertRecord | undefined) => AlertRecord | undefined,
  ): Promise<AlertRecord | undefined> {
    const key = `${kind} ${subject}`;
    const newest = copyOf(this.records.get(this.newest.get(key) ?? ''));
    const after = decide(newest);
    if (after === undefined) return Promise.resolve(newest);
    this.records.set(after.id, copyOf(after));
    this.newest.set(key, after.id);
    return this.get(after.id);
  }

  change(id: string, decide: (alert: AlertRecord) => AlertRecord | undefined): Promise<AlertRecord | undefined> {
    const before = copyOf(this.records.get(id));
    const after = before && decide(before);
    if (after !== undefined) this.records.set(id, copyOf(after));
    return this.get(id);
  }

  get(id: string): Promise<AlertRecord | undefined> {
    return Promise.resolve(copyOf(this.records.get(id)));
  }

  list({ open, ...equal }: AlertFilter, limit: number, continuation?: string): Promise<Page<AlertRecord>> {
    const found = newestFirst(this.records).filter(
      (alert) => fits(alert, equal) && (open === undefined || open === (alert.resolvedAt === null)),
    );
    return Promise.resolve(pageOf('alerts', found, ({ id }) => id, limit, continuation));
  }

  undelivered(): Promise<string[]> {
    const waiting = newestFirst(this.records).filter(({ notices }) =>
      notices.some(({ delivery }) => delivery.state === 'pending'),
    );
    return Promise.resolve(waiting.map(({ id }) => id));
  }
}
