import { type AuditEntry, type Ledger } from '../../src/ledger/port';

/** What every audit trail promises. */
export function auditContract(ledger: () => Ledger): void {
  describe('audit', () => {
    const entry = (at: string, changes: Partial<AuditEntry> = {}): AuditEntry => ({
      at,
      action: 'backup.start',
      actor: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a02',
      subject: 'contoso-prod',
      outcome: 'done',
      code: null,
      reason: null,
      details: { vaults: 3 },
      correlationId: 'c-1',
      ...changes,
    });

    it('keeps entries, each once, newest first to the millisecond', async () => {
      const { audit } = ledger();
      const entries = ['2026-11-22T02:00:00.001Z', '2026-11-22T02:00:00.012Z', '2026-11-22T02:00:01.000Z'].map((at) =>
        entry(at, { action: 'plan.put', reason: "it's a \u{1F511}, said O'Neil" }),
      );
      for (const one of [...entries, ...entries]) await audit.add(one);
      const first = await audit.list({ action: 'plan.put' }, 2);
      expect(first.items).toEqual([entries[2], entries[1]]);
      const second = await audit.list({ action: 'plan.put' }, 2, first.continuation ?? '');
      expect(second).toEqual({ items: [entries[0]], continuation: null });
    });

    it('keeps entries of the same millisecond apart', async () => {
      const { audit } = ledger();
      const at = '2026-11-23T00:00:00.000Z';
      await audit.add(entry(at, { subject: 'one-vault' }));
      await audit.add(entry(at, { subject: 'other-vault' }));
      const { items } = await audit.list({ from: at, until: '2026-11-23T00:00:01Z' }, 10);
      expect(items.map(({ subject }) => subject).sort()).toEqual(['one-vault', 'other-vault']);
    });

    it('filters by actor, subject and time', async () => {
      const { audit } = ledger();
      const times = ['2027-01-01T00:00:00.000Z', '2027-01-01T00:00:00.999Z', '2027-01-01T00:00:01.000Z'];
      for (const at of times) await audit.add(entry(at, { actor: 'somebody', subject: `vault-${at.slice(-4, -1)}` }));
      const timesOf = async (filter: Parameters<Ledger['audit']['list']>[0]) =>
        (await audit.list(filter, 10)).items.map(({ at }) => at);
      expect(await timesOf({ actor: 'somebody' })).toEqual([...times].reverse());
      expect(await timesOf({ actor: 'somebody', subject: 'vault-999' })).toEqual([times[1]]);
      expect(await timesOf({ actor: "some'body" })).toEqual([]);
      expect(await timesOf({ actor: 'somebody', from: '2027-01-01T00:00:01Z' })).toEqual([times[2]]);
      expect(await timesOf({ actor: 'somebody', until: '2027-01-01T00:00:01Z' })).toEqual([times[1], times[0]]);
    });
  });
}
