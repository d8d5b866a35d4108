import { type AlertRecord } from '../../src/contracts/alerts';
import { afterAttempt } from '../../src/domain/alert-delivery';
import { afterRaise, afterResolve, type Condition } from '../../src/domain/alerts';
import { type Ledger } from '../../src/ledger/port';

/** What every ledger of alerts promises. */
export function alertsContract(ledger: () => Ledger): void {
  describe('alerts', () => {
    const idOf = (second: number): string => `20261122T0200${String(second).padStart(2, '0')}Z-00000000000a`;
    const rules = (second: number) =>
      ({
        now: new Date(Date.UTC(2026, 10, 22, 2, 0, second)),
        id: idOf(second),
        quietHours: 24,
        begins: 'pending',
      }) as const;
    const condition = (subject: string, occurrence: string, changes: Partial<Condition> = {}): Condition => ({
      ...{ kind: 'backup_failed', subject, occurrence, code: 'vault_unreachable', correlationId: 'c-1' },
      ...changes,
    });
    const raise = (given: Condition, second: number): Promise<AlertRecord | undefined> =>
      ledger().alertRecords.write(given, (newest) => afterRaise(newest, given, rules(second)));

    it('writes a new alert, then changes it, then begins another one after it was resolved', async () => {
      const { alertRecords } = ledger();
      const first = await raise(condition('one/daily', 'a'), 1);
      expect(await alertRecords.get(idOf(1))).toEqual(first);
      expect(await raise(condition('one/daily', 'b'), 2)).toMatchObject({ id: idOf(1), count: 2 });
      expect(await raise(condition('one/daily', 'b'), 3)).toMatchObject({ id: idOf(1), count: 2 });
      const resolved = await alertRecords.change(idOf(1), (alert) => afterResolve(alert, 'somebody', rules(4)));
      expect(resolved?.resolvedBy).toBe('somebody');
      expect(await raise(condition('one/daily', 'c'), 5)).toMatchObject({ id: idOf(5), count: 1 });
      expect(await alertRecords.get(idOf(1))).toEqual(resolved);
    });

    it('keeps subjects apart, whatever they hold, and kinds of one subject too', async () => {
      await raise(condition('https://kek.vault.azure.net/keys/k', 'a'), 10);
      await raise(condition('https://kek.vault.azure.net/keys/K', 'a'), 11);
      const other = await raise(condition('https://kek.vault.azure.net/keys/k', 'a', { kind: 'backup_partial' }), 12);
      expect(other).toMatchObject({ id: idOf(12), count: 1 });
    });

    it('loses no occurrence when many are told at once', async () => {
      const subject = 'many/daily';
      const told = Array.from({ length: 8 }, (_, index) => {
        const given = condition(subject, `run-${index}`);
        return ledger().alertRecords.write(given, (newest) =>
          afterRaise(newest, given, { ...rules(20), id: `20261122T020020Z-0000000000${20 + index}` }),
        );
      });
      await Promise.all(told);
      const { items } = await ledger().alertRecords.list({ open: true }, 100);
      expect(items.filter((alert) => alert.subject === subject).map(({ count }) => count)).toEqual([8]);
    });

    it('lists newest first, by filter and page', async () => {
      const { alertRecords } = ledger();
      for (const second of [30, 31, 32])
        await raise(condition(`listed-${second}/daily`, 'a', { vault: 'listed', kind: 'prune_failed' }), second);
      await raise(condition('listed/monthly', 'a', { vault: 'listed', severity: 'critical' }), 33);
      await alertRecords.change(idOf(31), (alert) => afterResolve(alert, 'system', rules(40)));
      const ids = async (filter: Parameters<typeof alertRecords.list>[0]): Promise<string[]> =>
        (await alertRecords.list({ vault: 'listed', ...filter }, 10)).items.map(({ id }) => id);
      expect(await ids({})).toEqual([33, 32, 31, 30].map(idOf));
      expect(await ids({ open: true })).toEqual([33, 32, 30].map(idOf));
      expect(await ids({ open: false })).toEqual([idOf(31)]);
      expect(await ids({ kind: 'prune_failed', open: true })).toEqual([32, 30].map(idOf));
      expect(await ids({ severity: 'critical' })).toEqual([idOf(33)]);
      expect(await alertRecords.list({ vault: "no'vault" }, 10)).toEqual({ items: [], continuation: null });
      const page = await alertRecords.list({ vault: 'listed' }, 3);
      expect(page.items.map(({ id }) => id)).toEqual([33, 32, 31].map(idOf));
      const rest = await alertRecords.list({ vault: 'listed' }, 3, page.continuation ?? '');
      expect(rest).toMatchObject({ items: [{ id: idOf(30) }], continuation: null });
    });

    it('knows what is to be sent until it is done', async () => {
      const { alertRecords } = ledger();
      await raise(condition('sent/daily', 'a'), 50);
      expect(await alertRecords.undelivered()).toContain(idOf(50));
      await alertRecords.change(idOf(50), (alert) =>
        afterAttempt(alert, 1, { ended: 'delivered', status: 204 }, rules(51).now),
      );
      expect(await alertRecords.undelivered()).not.toContain(idOf(50));
    });

    it('knows no alert that is not there, and no id that is none', async () => {
      const { alertRecords } = ledger();
      expect(await alertRecords.get('20261122T020000Z-ffffffffffff')).toBeUndefined();
      expect(await alertRecords.get("x' or true")).toBeUndefined();
      expect(await alertRecords.change('20261122T020000Z-ffffffffffff', (alert) => alert)).toBeUndefined();
    });
  });
}
