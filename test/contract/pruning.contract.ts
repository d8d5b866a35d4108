import { type PruneDecision } from '../../src/contracts/pruning';
import { type Ledger } from '../../src/ledger/port';

/** What every ledger promises to pruning. */
export function pruningContract(ledger: () => Ledger): void {
  describe('uses', () => {
    const [snapshot, other] = ['20260101T020000Z-000000000001', '20260101T020000Z-000000000002'];
    const [first, second] = ['20260201T020000Z-00000000000a', '20260201T020000Z-00000000000b'];
    const current = async (now: string): Promise<string[]> => [...(await ledger().uses.current(now))].sort();

    it('hold until they are ended or their time is over, each run for itself', async () => {
      const { uses } = ledger();
      await uses.begin({ snapshot, runId: first, until: '2026-02-01T03:00:00.000Z' });
      await uses.begin({ snapshot, runId: second, until: '2026-02-01T04:00:00.000Z' });
      await uses.begin({ snapshot: other, runId: first, until: '2026-02-01T03:00:00.000Z' });
      expect(await current('2026-02-01T02:00:00.000Z')).toEqual([snapshot, other]);
      expect(await current('2026-02-01T03:00:00.000Z')).toEqual([snapshot]);
      await uses.begin({ snapshot: other, runId: first, until: '2026-02-01T05:00:00.000Z' });
      expect(await current('2026-02-01T03:00:00.000Z')).toEqual([snapshot, other]);
      await uses.end({ snapshot, runId: second });
      await uses.end({ snapshot, runId: second });
      expect(await current('2026-02-01T03:00:00.000Z')).toEqual([other]);
    });
  });

  describe('decisions', () => {
    const runId = '20260301T033000Z-00000000000c';
    const decision = (sequence: number | null, changes: Partial<PruneDecision> = {}): PruneDecision => ({
      vault: 'contoso-prod',
      tier: 'daily',
      subject: `snapshot-${String(sequence)}`,
      sequence,
      decision: 'keep',
      reason: 'not_yet',
      retainUntil: null,
      ...changes,
    });
    const list = async (filter = {}, limit = 50): Promise<string[]> => {
      const found: string[] = [];
      let continuation: string | undefined;
      do {
        const page = await ledger().pruneDecisions.list(runId, filter, limit, continuation);
        found.push(
          ...page.items.map(({ vault, tier, subject, reason }) => `${vault ?? '-'} ${tier} ${subject} ${reason}`),
        );
        continuation = page.continuation ?? undefined;
      } while (continuation !== undefined);
      return found;
    };

    it('are kept once by subject, in order, and found by filter and page', async () => {
      const { pruneDecisions: decisions } = ledger();
      const many = Array.from({ length: 130 }, (_, index) =>
        decision(index + 1, { vault: 'contoso-web', tier: 'monthly' }),
      );
      await decisions.put(runId, [decision(10), decision(2), ...many]);
      await decisions.put(runId, [
        decision(2, { decision: 'drop', reason: 'expired' }),
        decision(null, { vault: null, subject: "odd/'#?%/\u{1F511}", reason: 'unattributed' }),
      ]);
      expect(await list({ vault: 'contoso-prod' })).toEqual([
        'contoso-prod daily snapshot-2 expired',
        'contoso-prod daily snapshot-10 not_yet',
      ]);
      expect(await list({ decision: 'drop' })).toEqual(['contoso-prod daily snapshot-2 expired']);
      expect(await list({ reason: 'unattributed' })).toEqual(["- daily odd/'#?%/\u{1F511} unattributed"]);
      expect(await list({ tier: 'monthly' }, 7)).toHaveLength(130);
      expect(await ledger().pruneDecisions.list('no-run', {}, 5)).toEqual({ items: [], continuation: null });
    });
  });
}
