import { type ListedObject } from '../../src/contracts/objects';
import { type RunRecord } from '../../src/contracts/runs';
import { WHOLE_SCOPE } from '../../src/contracts/snapshots';
import { emptyCounts } from '../../src/domain/counts';
import { type ObjectRow, type SnapshotRecord } from '../../src/ledger/port';

/** A run of the second `second` of a day, told apart by `hex`. */
export function runOf(id: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    id,
    kind: 'backup',
    vault: 'contoso-prod',
    tier: 'daily',
    trigger: 'manual',
    status: 'pending',
    code: null,
    warnings: [],
    scheduledFor: null,
    createdAt: '2026-11-22T02:00:00.123Z',
    startedAt: null,
    endedAt: null,
    cancelRequestedAt: null,
    estateRun: null,
    runs: [],
    source: null,
    schedule: null,
    scope: null,
    inventory: null,
    total: null,
    counts: null,
    snapshotStored: false,
    correlationId: 'c-1',
    ...changes,
  };
}

/** The id of a run at that second of 2 o'clock on a day of November 2026. */
export function idAt(day: number, second: number, hex = '0'): string {
  return `202611${String(day).padStart(2, '0')}T0200${String(second).padStart(2, '0')}Z-${hex.padStart(12, '0')}`;
}

export function snapshotOf(id: string, shortName: string, tier: 'daily' | 'monthly'): SnapshotRecord {
  return {
    snapshot: id,
    tier,
    vault: `https://${shortName}.vault.azure.net`,
    shortName,
    subscriptionId: '11111111-2222-3333-4444-555555555555',
    geography: 'Europe',
    sequence: 1,
    previous: null,
    otherTier: null,
    scheduledFor: null,
    startedAt: '2026-11-22T02:00:00.000Z',
    closedAt: '2026-11-22T02:01:00.000Z',
    nextDue: '2026-11-23T02:00:00.000Z',
    retainUntil: '2026-12-22T02:00:00.000Z',
    outcome: 'complete',
    scope: WHOLE_SCOPE,
    counts: emptyCounts(),
    recipients: [{ thumbprint: 'abc', kid: 'https://keys.vault.azure.net/keys/kek/1' }],
    dataKeys: [{ id: 'k', blob: 'keys/k.jwe' }],
    index: 'index/1.jwe',
    signingKey: { kid: 'https://keys.vault.azure.net/keys/sign/1', thumbprint: 'def' },
    producer: { name: 'strongroom', version: '0.1.0' },
    digest: 'a'.repeat(64),
    blobCount: 12,
    // More than fits into 32 bits.
    bytes: 5_000_000_000,
  };
}

export function listed(name: string, kind: ListedObject['kind'] = 'secret'): ListedObject {
  return { kind, name, managed: false, attributes: { enabled: true, created: '2026-01-01T00:00:00Z' } };
}

export function storedRow(row: ObjectRow, blob = `items/${row.name}.jwe`): ObjectRow {
  const ref = { blob, digest: 'b'.repeat(64), bytes: 2_048 };
  return { ...row, outcome: 'stored', payloads: [{ payload: 'native', ref }], versions: versions(1) };
}

export function failedRow(row: ObjectRow, code: string): ObjectRow {
  return { ...row, outcome: 'failed', code };
}

/** As vaults have them: 32 hex digits that nothing compresses. */
export function versions(count: number): ObjectRow['versions'] {
  return Array.from({ length: count }, (_, index) => ({
    version: crypto.randomUUID().replaceAll('-', ''),
    enabled: index % 3 > 0,
    created: new Date(Date.UTC(2026, 0, 1) + index * 86_400_000).toISOString(),
    updated: new Date(Date.UTC(2026, 0, 2) + index * 86_400_000).toISOString(),
  }));
}

export function dataKey(id: string): { id: string; ref: { blob: string; digest: string; bytes: number } } {
  return { id, ref: { blob: `keys/${id}.jwe`, digest: 'c'.repeat(64), bytes: 900 } };
}

/** What was read is compared without the part that only the ledger understands. */
export function withoutRevision(rows: readonly ObjectRow[]): ObjectRow[] {
  return rows.map(({ revision: _, ...row }) => row);
}
