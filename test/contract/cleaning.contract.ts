import { type PruneDecision } from '../../src/contracts/pruning';
import { afterAttempt } from '../../src/domain/alert-delivery';
import { afterRaise, afterResolve, type Condition } from '../../src/domain/alerts';
import { type Ledger } from '../../src/ledger/port';
import { type Cleaned, type Portion } from '../../src/ledger/port-cleaning';
import { listed, runOf } from './ledger-records';

/** What every ledger promises to housekeeping. Everything here is of years in which no other part of the contract writes. */
export function cleaningContract(ledger: () => Ledger): void {
  describe('housekeeping', () => {
    /** All portions; the sizes of those that removed anything. */
    const clean = async (
      step: (portion: Portion) => Promise<Cleaned>,
      until: string,
      limit = 1_000,
    ): Promise<number[]> => {
      const sizes: number[] = [];
      for (let after: string | null = ''; after !== null;) {
        const { removed, next }: Cleaned = await step({ until, after, limit });
        if (removed > 0) sizes.push(removed);
        after = next;
      }
      return sizes;
    };
    const id = (year: number, hex: string): string => `${year}0301T020000Z-${hex.padStart(12, '0')}`;
    const ended = (year: number, hex: string, endedAt: string, changes: object = {}): ReturnType<typeof runOf> => ({
      ...runOf(id(year, hex)),
      ...{ status: 'succeeded', createdAt: `${year}-03-01T02:00:00.000Z`, endedAt },
      ...changes,
    });
    const objects = (count: number): ReturnType<typeof listed>[] =>
      Array.from({ length: count }, (_, index) => listed(`secret-${index}`));
    const rowsOf = async (inventory: string): Promise<number> =>
      (await ledger().objects.read(inventory, 0, 10_000)).length;

    it('removes rows of ended runs in portions, of every attempt and of runs that are gone, and keeps all others', async () => {
      const { runs, objects: rows, pruneDecisions, cleaning } = ledger();
      const [over, open, late, gone, young] = ['a', 'b', 'c', 'd', 'e'].map((hex) => id(1990, hex)) as [
        ...[string, string, string, string, string],
      ];
      await runs.create(ended(1990, 'a', '1990-03-01T03:00:00.000Z', { inventory: `${over}-22222222` }));
      await runs.create({ ...runOf(open), status: 'running' });
      await runs.create(ended(1990, 'c', '1990-03-20T02:00:00.000Z'));
      const next = '19900315T020000Z-0000000000ff';
      await runs.create({ ...runOf(next), status: 'failed', endedAt: '1990-03-15T03:00:00.000Z' });
      for (const inventory of [`${over}-11111111`, `${over}-22222222`, `${open}-33333333`, `${late}-44444444`])
        await rows.add(inventory, 0, objects(250));
      await rows.add(`${gone}-55555555`, 0, objects(3));
      await rows.add(`${next}-66666666`, 0, objects(3));
      const decision: Pick<PruneDecision, 'vault' | 'tier' | 'subject' | 'sequence'> = {
        ...{ vault: 'contoso-prod', tier: 'daily', subject: 'one', sequence: 1 },
      };
      const kept: PruneDecision = { ...decision, decision: 'keep', reason: 'not_yet', retainUntil: null };
      for (const run of [over, open]) await pruneDecisions.put(run, [kept]);
      await runs.create({ ...runOf(young), status: 'pending' });

      const sizes = await clean(cleaning.objectRows, '1990-03-10T00:00:00.000Z', 100);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(504);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
      expect(await rowsOf(`${over}-11111111`)).toBe(0);
      expect(await rowsOf(`${over}-22222222`)).toBe(0);
      expect(await rowsOf(`${gone}-55555555`)).toBe(0);
      expect((await pruneDecisions.list(over, {}, 5)).items).toEqual([]);
      expect(await rowsOf(`${open}-33333333`)).toBe(250);
      expect(await rowsOf(`${late}-44444444`)).toBe(250);
      expect(await rowsOf(`${next}-66666666`)).toBe(3);
      expect((await pruneDecisions.list(open, {}, 5)).items).toHaveLength(1);
      expect(await clean(cleaning.objectRows, '1990-03-10T00:00:00.000Z')).toEqual([]);
    });

    it('leaves out what is to be kept, however much it is, and goes on behind it', async () => {
      const { runs, objects: rows, cleaning } = ledger();
      await runs.create({ ...runOf(id(1989, 'a')), status: 'running' });
      await runs.create(ended(1989, 'b', '1989-03-01T03:00:00.000Z'));
      await rows.add(`${id(1989, 'a')}-11111111`, 0, objects(1_200));
      await rows.add(`${id(1989, 'b')}-11111111`, 0, objects(5));
      expect(await clean(cleaning.objectRows, '1989-04-01T00:00:00.000Z')).toEqual([5]);
      expect(await rowsOf(`${id(1989, 'a')}-11111111`)).toBe(1_200);
    });

    it('removes records of ended runs with their pointers, and none that goes on', async () => {
      const { runs, cleaning } = ledger();
      for (let index = 0; index < 130; index += 1)
        await runs.create(ended(1980, `a${index}`, '1980-03-01T03:00:00.000Z', { vault: `old-${index % 2}` }));
      await runs.create(ended(1980, 'b', '1980-03-01T03:00:00.000Z', { kind: 'estate', vault: null, tier: null }));
      await runs.create(ended(1980, 'c', '1980-05-01T00:00:00.000Z', { vault: 'old-0' }));
      await runs.create({ ...runOf(id(1980, 'd')), vault: 'old-0', status: 'running' });
      const sizes = await clean(cleaning.runs, '1980-05-01T00:00:00.000Z', 50);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(131);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
      const left = async (filter: { vault?: string }): Promise<string[]> =>
        (await runs.list({ ...filter, until: '1981-01-01T00:00:00.000Z' }, 200)).items.map((run) => run.id);
      expect(await left({ vault: 'old-0' })).toEqual([id(1980, 'c'), id(1980, 'd')]);
      expect(await left({ vault: 'old-1' })).toEqual([]);
      expect(await left({})).toEqual([id(1980, 'c'), id(1980, 'd')]);
      expect(await clean(cleaning.runs, '1980-05-01T00:00:00.000Z')).toEqual([]);
    });

    it('removes alerts that are over and told, and the next one of their subject begins anew', async () => {
      const { alertRecords, cleaning } = ledger();
      const rules = (second: number) =>
        ({
          now: new Date(Date.UTC(1985, 2, 1, 2, 0, second)),
          id: `19850301T0200${String(second).padStart(2, '0')}Z-00000000000a`,
          quietHours: 24,
          begins: 'pending',
        }) as const;
      const raise = async (subject: string, second: number, occurrence = 'x'): Promise<string> => {
        const given: Condition = { kind: 'backup_failed', subject, occurrence, code: null, correlationId: 'c' };
        return (await alertRecords.write(given, (newest) => afterRaise(newest, given, rules(second))))?.id ?? '';
      };
      const tell = async (alert: string, notice: number): Promise<unknown> =>
        alertRecords.change(alert, (before) =>
          afterAttempt(before, notice, { ended: 'delivered', status: 204 }, new Date(Date.UTC(1985, 2, 1, 3))),
        );
      const resolve = (alert: string): Promise<unknown> =>
        alertRecords.change(alert, (before) => afterResolve(before, 'system', rules(50)));
      const [over, open, untold, again] = [
        await raise('over/daily', 1),
        await raise('open/daily', 2),
        await raise('untold/daily', 3),
        await raise('again/daily', 4),
      ];
      for (const alert of [over, untold, again]) await resolve(alert);
      for (const alert of [over, open, again]) await tell(alert, 1);
      for (const alert of [over, again]) await tell(alert, 2);
      const newest = await raise('again/daily', 51, 'y');

      expect(await clean(cleaning.alerts, '1985-03-01T02:00:50.000Z')).toEqual([]);
      expect(await clean(cleaning.alerts, '1985-04-01T00:00:00.000Z', 1)).toEqual([1, 1]);
      expect(await Promise.all([over, again].map((alert) => alertRecords.get(alert)))).toEqual([undefined, undefined]);
      for (const alert of [open, untold, newest]) expect(await alertRecords.get(alert)).toMatchObject({ id: alert });
      expect(await raise('again/daily', 52, 'z')).toBe(newest);
      expect(await raise('over/daily', 53)).toBe(rules(53).id);
    });

    it('removes entries of the audit trail, oldest time alone', async () => {
      const { audit, cleaning } = ledger();
      const entry = (at: string) => ({
        ...({
          at,
          action: 'plan.put',
          actor: 'old',
          subject: 'one',
          outcome: 'done',
          code: null,
          reason: null,
        } as const),
        ...{ details: {}, correlationId: 'c' },
      });
      for (let index = 0; index < 120; index += 1)
        await audit.add(entry(`1975-03-01T02:00:${String(index % 60).padStart(2, '0')}.${index + 100}Z`));
      await audit.add(entry('1975-03-01T02:01:00.000Z'));
      expect(await clean(cleaning.audit, '1975-03-01T02:01:00.000Z', 70)).toEqual([70, 50]);
      expect((await audit.list({ actor: 'old' }, 10)).items.map(({ at }) => at)).toEqual(['1975-03-01T02:01:00.000Z']);
      expect(await clean(cleaning.audit, '1975-03-01T02:01:00.000Z')).toEqual([]);
    });
  });
}
