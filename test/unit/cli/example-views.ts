import { type ObjectView, type Problem, type RunView, type SnapshotView } from '../../../src/contracts/api';
import { type SnapshotCounts } from '../../../src/contracts/snapshots';

// Answers as the API gives them (src/contracts/api.ts).

export const ESTATE_RUN = '20261122T020000Z-0000000000e0';
export const PROD_RUN = '20261122T020000Z-1f0c9a7e55d1';
export const TEST_RUN = '20261122T020000Z-77ab01c49e02';
export const CORRELATION_ID = '7f9d2c1e-0000-4000-8000-000000000001';

export function counts(change: Partial<SnapshotCounts> = {}): SnapshotCounts {
  return {
    objects: 0,
    stored: 0,
    managed: 0,
    absent: 0,
    excluded: 0,
    failed: 0,
    byKind: { secret: 0, key: 0, certificate: 0 },
    byCode: {},
    ...change,
  };
}

/** A backup of contoso-prod that has succeeded. */
export function backupRun(change: Partial<RunView> = {}): RunView {
  return {
    id: PROD_RUN,
    kind: 'backup',
    vault: 'contoso-prod',
    tier: 'daily',
    trigger: 'manual',
    status: 'succeeded',
    code: null,
    warnings: [],
    progress: { done: 1240, total: 1240 },
    counts: counts({
      objects: 1240,
      stored: 1200,
      managed: 39,
      absent: 1,
      byKind: { secret: 1000, key: 240, certificate: 0 },
      byCode: { source_not_found: 1 },
    }),
    scheduledFor: null,
    createdAt: '2026-11-22T02:00:00.000Z',
    startedAt: '2026-11-22T02:00:01.000Z',
    endedAt: '2026-11-22T02:01:06.000Z',
    cancelRequestedAt: null,
    estateRun: ESTATE_RUN,
    runs: [],
    snapshot: PROD_RUN,
    correlationId: CORRELATION_ID,
    ...change,
  };
}

/** A backup that is under way, or has not begun. */
export function openRun(
  status: 'pending' | 'waiting' | 'running',
  done: number,
  total: number | null,
): Partial<RunView> {
  return {
    status,
    progress: { done, total },
    counts: counts({ objects: done, stored: done }),
    endedAt: null,
    snapshot: null,
  };
}

/** The run of an estate of one vault, or of two. */
export function estateRun(change: Partial<RunView> = {}): RunView {
  return backupRun({
    id: ESTATE_RUN,
    kind: 'estate',
    vault: null,
    estateRun: null,
    snapshot: null,
    runs: [{ vault: 'contoso-prod', runId: PROD_RUN }],
    ...change,
  });
}

export const twoVaults = [
  { vault: 'contoso-prod', runId: PROD_RUN },
  { vault: 'contoso-test', runId: TEST_RUN },
];

export function objectView(change: Partial<ObjectView> = {}): ObjectView {
  return {
    kind: 'secret',
    name: 'db-password',
    outcome: 'stored',
    code: null,
    versions: 3,
    notes: [],
    payloads: [{ payload: 'native', blob: 'items/0d5c.jwe', bytes: 4096 }],
    blob: 'items/0d5c.jwe',
    bytes: 4096,
    ...change,
  };
}

export function snapshotView(change: Partial<SnapshotView> = {}): SnapshotView {
  return {
    id: PROD_RUN,
    vault: 'contoso-prod',
    excluded: null,
    vaultUrl: 'https://contoso-prod.vault.azure.net',
    tier: 'daily',
    outcome: 'complete',
    good: true,
    scope: { kinds: ['secret', 'key', 'certificate'], selected: false },
    sequence: 7,
    counts: counts({ objects: 1240, stored: 1201, managed: 39, byKind: { secret: 1000, key: 240, certificate: 0 } }),
    scheduledFor: '2026-11-22T02:00:00.000Z',
    startedAt: '2026-11-22T02:00:01.000Z',
    closedAt: '2026-11-22T02:01:06.000Z',
    nextDue: '2026-11-23T02:00:00.000Z',
    retainUntil: '2026-12-22T02:01:06.000Z',
    digest: 'a'.repeat(64),
    previous: { snapshot: '20261121T020000Z-aaaaaaaaaaaa', digest: 'b'.repeat(64) },
    blobs: 1205,
    bytes: 5_242_880,
    recipients: [
      { thumbprint: 'kek-thumbprint', kid: 'https://contoso-kek.vault.azure.net/keys/kek/0123' },
      { thumbprint: 'offline-thumbprint' },
    ],
    signingKey: { kid: 'https://contoso-kek.vault.azure.net/keys/sign/4567', thumbprint: 'sign-thumbprint' },
    producer: { name: 'strongroom', version: '0.1.0' },
    ...change,
  };
}

export function problem(status: number, code: string, detail: string, more: Partial<Problem> = {}): Problem {
  return {
    type: `https://strongroom.example/problems/${code}`,
    title: code,
    status,
    code,
    detail,
    correlationId: CORRELATION_ID,
    ...more,
  };
}
