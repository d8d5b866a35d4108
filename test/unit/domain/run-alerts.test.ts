import { WHOLE_VAULT } from '../../../src/contracts/scopes';
import { findingsOf } from '../../../src/domain/run-alerts';
import { idAt, runOf } from '../../contract/ledger-records';

const run = idAt(22, 0, 'a');
const estateRun = idAt(22, 0, 'e');
type Changes = Parameters<typeof runOf>[1];
const ended = (status: 'succeeded' | 'partial' | 'failed' | 'cancelled', changes: Changes = {}) =>
  findingsOf(runOf(run, { status, estateRun, scope: WHOLE_VAULT, ...changes }));
const names = (found: { kind: string; subject: string }[]): string[] =>
  found.map(({ kind, subject }) => `${kind} ${subject}`);

test('a good run clears its vault and tier, and all trouble with keys', () => {
  const { raise, clear } = ended('succeeded');
  expect(names(raise)).toEqual(['backup_succeeded contoso-prod/daily']);
  expect(names(clear)).toEqual(
    expect.arrayContaining(['backup_failed contoso-prod/daily', 'backup_partial contoso-prod/daily']),
  );
  expect(names(clear)).toContain('recipient_trouble recipient_unusable');
  expect(names(clear)).toContain('signing_key_trouble signing_refused');
});

test('a run of chosen objects does not prove that the vault is backed up', () => {
  const { clear } = ended('succeeded', { scope: { ...WHOLE_VAULT, select: ['one'] } });
  expect(names(clear).filter((name) => name.startsWith('backup_'))).toEqual([]);
});

test('a warning raises its trouble once for a night, and is not cleared by the same run', () => {
  const { raise, clear } = ended('succeeded', { warnings: ['recipient_not_approved', 'manifest_damaged'] });
  expect(raise).toContainEqual(
    expect.objectContaining({ kind: 'recipient_trouble', subject: 'recipient_not_approved', occurrence: estateRun }),
  );
  expect(names(clear)).not.toContain('recipient_trouble recipient_not_approved');
  expect(names(clear)).toContain('recipient_trouble recipient_unusable');
});

test('a failed run raises and clears nothing; one without a usable key also raises trouble with it', () => {
  const { raise, clear } = ended('failed', { code: 'signing_refused' });
  expect(names(raise)).toEqual(['signing_key_trouble signing_refused', 'backup_failed contoso-prod/daily']);
  expect(raise[1]).toMatchObject({ occurrence: run, vault: 'contoso-prod', tier: 'daily', runId: run });
  expect(clear).toEqual([]);
});

test('a partial run warns and leaves an earlier failure open', () => {
  const { raise, clear } = ended('partial');
  expect(names(raise)).toEqual(['backup_partial contoso-prod/daily']);
  expect(names(clear)).not.toContain('backup_failed contoso-prod/daily');
});

test('a damaged manifest is told by whoever meets it, and only a look over the whole archive says that it is gone', () => {
  const { raise, clear } = ended('succeeded', { warnings: ['manifest_damaged'] });
  expect(raise).toContainEqual(expect.objectContaining({ kind: 'archive_damaged', subject: 'manifest_damaged' }));
  expect(names(ended('succeeded').clear).filter((name) => name.startsWith('archive_'))).toEqual([]);
  expect(names(clear).filter((name) => name.startsWith('archive_'))).toEqual([]);
  const prune = { kind: 'prune', vault: null, tier: null } as const;
  expect(names(ended('succeeded', prune).clear)).toEqual([
    'archive_damaged manifest_damaged',
    'archive_damaged archive_unattributed',
    'prune_failed archive',
  ]);
});

test('a prune that did not do all of its work is told, a dry run only of what it found', () => {
  const prune = { kind: 'prune', vault: null, tier: null, code: 'signing_refused' } as const;
  const dry = { ...prune, prune: { dryRun: true, counts: null } };
  for (const status of ['failed', 'partial'] as const) {
    expect(names(ended(status, prune).raise)).toEqual(['prune_failed archive']);
    expect(ended(status, prune).clear).toEqual([]);
    expect(names(ended(status, dry).raise)).toEqual([]);
  }
  const found = ended('succeeded', { ...dry, warnings: ['archive_unattributed'] });
  expect(names(found.raise)).toEqual(['archive_damaged archive_unattributed']);
  expect(names(found.clear)).toEqual(['archive_damaged manifest_damaged']);
});

test('cancelled runs and estate runs say nothing', () => {
  expect(ended('cancelled', { code: 'cancelled' })).toEqual({ raise: [], clear: [] });
  expect(ended('failed', { kind: 'estate', vault: null })).toEqual({ raise: [], clear: [] });
});
