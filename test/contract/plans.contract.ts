import { planSchema, type PlanRecord } from '../../src/contracts/plans';
import { type Ledger } from '../../src/ledger/port';

/** What every ledger promises of plans. */
export function plansContract(ledger: () => Ledger): void {
  describe('plans', () => {
    const record = (vault: string, revision: string, changes: Record<string, unknown> = {}): PlanRecord => ({
      vault,
      plan: planSchema.parse({
        url: `https://${vault}.vault.azure.net`,
        subscriptionId: '11111111-2222-3333-4444-555555555555',
        geography: 'Europe',
        ...changes,
      }),
      revision,
      plannedSince: '2026-11-22T02:00:00.000Z',
      changedAt: '2026-11-22T02:00:00.000Z',
      changedBy: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a02',
    });

    it('keeps a plan as it was given, and lists all by short name', async () => {
      const { plans } = ledger();
      const globs = Array.from({ length: 500 }, (_, index) => `${'x'.repeat(100)}-${index}-*`);
      const large = record('plan-b', 'r1', { exclude: globs, schedules: { daily: '0 0 4 * * *' } });
      expect(await plans.put(large, null)).toBe(true);
      expect(await plans.put(record('plan-a', 'r1', { enabled: false }), null)).toBe(true);
      expect(await plans.get('plan-b')).toEqual(large);
      expect((await plans.list()).map(({ vault }) => vault)).toEqual(['plan-a', 'plan-b']);
    });

    it('changes and removes a plan only in the state that the caller knows', async () => {
      const { plans } = ledger();
      expect(await plans.put(record('plan-c', 'r1'), 'r0')).toBe(false);
      expect(await plans.put(record('plan-c', 'r1'), null)).toBe(true);
      expect(await plans.put(record('plan-c', 'r2'), null)).toBe(false);
      expect(await plans.put(record('plan-c', 'r2'), 'r1')).toBe(true);
      expect(await plans.remove('plan-c', 'r1')).toBe(false);
      expect((await plans.get('plan-c'))?.revision).toBe('r2');
      expect(await plans.remove('plan-c', 'r2')).toBe(true);
      expect(await plans.get('plan-c')).toBeUndefined();
    });

    it('may be asked twice for the same', async () => {
      const { plans } = ledger();
      expect(await plans.put(record('plan-d', 'r1'), null)).toBe(true);
      expect(await plans.put(record('plan-d', 'r1'), null)).toBe(true);
      expect(await plans.remove('plan-d', 'r1')).toBe(true);
      expect(await plans.remove('plan-d', 'r1')).toBe(true);
    });

    it('lets one of several through that change a plan at once', async () => {
      const { plans } = ledger();
      await plans.put(record('plan-e', 'r0'), null);
      const revisions = Array.from({ length: 8 }, (_, index) => `by-${index}`);
      const done = await Promise.all(revisions.map((revision) => plans.put(record('plan-e', revision), 'r0')));
      expect(done.filter((isDone) => isDone)).toHaveLength(1);
      expect((await plans.get('plan-e'))?.revision).toBe(revisions[done.indexOf(true)]);
    });

    it('knows no plan of what can be no vault', async () => {
      expect(await ledger().plans.get("x' or '1' eq '1")).toBeUndefined();
      expect(await ledger().plans.get('../plan-a')).toBeUndefined();
    });
  });
}
