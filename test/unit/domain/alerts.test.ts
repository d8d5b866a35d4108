import fc from 'fast-check';
import { type AlertRecord } from '../../../src/contracts/alerts';
import { afterAttempt, messageId, messageOf, pauseBeforeNext } from '../../../src/domain/alert-delivery';
import {
  afterClear,
  afterRaise,
  afterResolve,
  type AlertRules,
  type Condition,
  pendingNotice,
  severityOf,
} from '../../../src/domain/alerts';
import { alertMessageSchema } from '../../../src/contracts/alerts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-22T02:00:10.000Z');
const hex = (value: number): string => value.toString(16).padStart(12, '0');
const rules = (hours: number, changes: Partial<AlertRules> = {}): AlertRules => ({
  now: new Date(START + hours * HOUR),
  id: `20261122T020010Z-${hex(Math.round(hours * 1000))}`,
  quietHours: 24,
  begins: 'pending',
  ...changes,
});
const failed = (run: string, changes: Partial<Condition> = {}): Condition => ({
  kind: 'backup_failed',
  subject: 'contoso-prod/daily',
  occurrence: run,
  code: 'vault_unreachable',
  vault: 'contoso-prod',
  tier: 'daily',
  runId: run,
  correlationId: 'c-1',
  ...changes,
});
const types = (alert: AlertRecord | undefined): string[] => alert?.notices.map(({ type }) => type) ?? [];

describe('an alert', () => {
  const first = afterRaise(undefined, failed('run-1'), rules(0))!;

  test('begins open, counted once and to be told', () => {
    expect(first).toMatchObject({ count: 1, severity: 'error', resolvedAt: null, runId: 'run-1', tier: 'daily' });
    expect(first.firstSeen).toBe(first.lastSeen);
    expect(pendingNotice(first)).toMatchObject({ number: 1, type: 'alert.raised', count: 1 });
  });

  test('counts an occurrence once, whether it is open or resolved', () => {
    expect(afterRaise(first, failed('run-1'), rules(1))).toBeUndefined();
    const resolved = afterResolve(first, 'somebody', rules(1))!;
    expect(afterRaise(resolved, failed('run-1'), rules(2))).toBeUndefined();
  });

  test('the same again counts up, and is told again only after the quiet time', () => {
    const second = afterRaise(first, failed('run-2'), rules(24.01))!;
    expect(second).toMatchObject({ id: first.id, count: 2, firstSeen: first.firstSeen, runId: 'run-2' });
    expect(types(second)).toEqual(['alert.raised']);
    const third = afterRaise(second, failed('run-3'), rules(48))!;
    expect(types(third)).toEqual(['alert.raised', 'alert.raised']);
    expect(third.notices[1]).toMatchObject({ number: 2, count: 3, runId: 'run-3' });
  });

  test('is told at once when it became worse, and not when it became better', () => {
    const worse = afterRaise(first, failed('run-2', { severity: 'critical' }), rules(1))!;
    expect(types(worse)).toHaveLength(2);
    expect(types(afterRaise(worse, failed('run-3', { severity: 'warning' }), rules(2)))).toHaveLength(2);
  });

  test('is resolved and told so; what comes afterwards is a new one', () => {
    const over = afterClear(first, new Date(START + HOUR).toISOString(), rules(2))!;
    expect(over).toMatchObject({ resolvedBy: 'system', resolvedAt: new Date(START + 2 * HOUR).toISOString() });
    expect(types(over)).toEqual(['alert.raised', 'alert.resolved']);
    expect(afterResolve(over, 'somebody', rules(3))).toBeUndefined();
    const next = afterRaise(over, failed('run-9'), rules(4))!;
    expect(next.id).not.toBe(over.id);
    expect(next).toMatchObject({ count: 1, resolvedAt: null });
  });

  test('stays when it was seen after the proof that all is well', () => {
    expect(afterClear(first, new Date(START - 1).toISOString(), rules(1))).toBeUndefined();
    expect(afterClear(undefined, new Date(START).toISOString(), rules(1))).toBeUndefined();
  });

  test('of a kind that is over at once is born resolved, and told once', () => {
    const test = afterRaise(undefined, failed('t', { kind: 'test' }), rules(0))!;
    expect(test.resolvedAt).toBe(test.firstSeen);
    expect(types(test)).toEqual(['alert.raised']);
  });

  test('has a message for nobody where there is no channel', () => {
    const mute = afterRaise(undefined, failed('run-1'), rules(0, { begins: 'no_channel' }))!;
    expect(pendingNotice(mute)).toBeUndefined();
    expect(mute.notices[0]?.delivery.state).toBe('no_channel');
  });
});

test('keys that stop all backups are critical', () => {
  expect(severityOf({ kind: 'recipient_trouble', code: 'no_usable_recipient' })).toBe('critical');
  expect(severityOf({ kind: 'backup_failed', code: 'no_usable_recipient' })).toBe('error');
  expect(severityOf({ kind: 'recipient_trouble', code: 'recipient_unusable' })).toBe('warning');
});

test('whatever happens: it counts distinct occurrences, stays small, and forgets no message that is to be sent', () => {
  const step = fc.record({ run: fc.nat(60), hours: fc.nat(40), deliver: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let alert: AlertRecord | undefined;
      let hours = 0;
      let waiting: number[] = [];
      const seen = new Set<number>();
      for (const { run, hours: later, deliver } of steps) {
        hours += later;
        // An occurrence is told again only soon after the first time; those of long ago are forgotten.
        if (seen.size < 30 || !seen.has(run)) alert = afterRaise(alert, failed(`run-${run}`), rules(hours)) ?? alert;
        seen.add(run);
        const numbers = alert!.notices.map(({ number }) => number);
        expect(numbers).toEqual(expect.arrayContaining(waiting));
        const next = pendingNotice(alert!);
        if (deliver && next !== undefined)
          alert = afterAttempt(alert!, next.number, { ended: 'delivered', status: 204 }, rules(hours).now);
        waiting = alert!.notices.filter(({ delivery }) => delivery.state === 'pending').map(({ number }) => number);
        expect(alert!.notices.length - waiting.length).toBeLessThanOrEqual(11);
      }
      expect(alert!.count).toBe(seen.size);
      expect(alert!.occurrences.length).toBeLessThanOrEqual(30);
    }),
  );
});

describe('a message', () => {
  const alert = afterRaise(undefined, failed('run-1'), rules(0))!;
  const refused = { ended: 'failed', status: 500, code: 'webhook_refused' } as const;

  test('says what was so when it was made, at every try', () => {
    const before = messageOf(alert, alert.notices[0]!);
    const later = afterRaise(alert, failed('run-2'), rules(1))!;
    expect(messageOf(later, later.notices[0]!)).toEqual(before);
    expect(messageId(later, later.notices[0]!)).toBe(messageId(alert, alert.notices[0]!));
    expect(alertMessageSchema.parse(JSON.parse(JSON.stringify(before)))).toEqual(before);
    expect(before.data).toMatchObject({ resolvedAt: null, count: 1, code: 'vault_unreachable' });
  });

  test('is tried at growing distances for a day after the first try, then given up', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
        let now = new Date(START + 72 * HOUR);
        let tried = alert;
        const pauses: number[] = [];
        const began = now.getTime();
        for (;;) {
          tried = afterAttempt(tried, 1, refused, now)!;
          const pause = pauseBeforeNext(tried, now, random);
          if (pause === null) break;
          pauses.push(pause);
          now = new Date(now.getTime() + pause * 1_000);
        }
        const { delivery } = tried.notices[0]!;
        expect(delivery).toMatchObject({ state: 'given_up', lastStatus: 500, lastCode: 'webhook_refused' });
        expect(delivery.gaveUpAt).toBe(now.toISOString());
        expect(Math.abs(now.getTime() - began - 24 * HOUR)).toBeLessThan(2_000);
        expect(pauses.slice(0, -1)).toEqual([...pauses.slice(0, -1)].sort((one, other) => one - other));
        expect(pauses.length).toBeGreaterThan(8);
        expect(pauses.length).toBeLessThan(30);
      }),
    );
  });

  test('is not tried again once it is delivered or the receiver wants no more', () => {
    for (const ended of ['delivered', 'gone'] as const) {
      const done = afterAttempt(alert, 1, { ended, status: ended === 'gone' ? 410 : 200 }, rules(0).now)!;
      expect(pauseBeforeNext(done, rules(0).now, 0)).toBeNull();
      expect(afterAttempt(done, 1, refused, rules(1).now)).toBeUndefined();
    }
  });

  test('waits for the one before it, and is then tried at once', () => {
    const over = afterResolve(alert, 'system', rules(1))!;
    const once = afterAttempt(over, 1, refused, rules(1).now)!;
    expect(pauseBeforeNext(once, rules(1).now, 0)).toBe(10);
    const delivered = afterAttempt(once, 1, { ended: 'delivered', status: 200 }, rules(2).now)!;
    expect(pauseBeforeNext(delivered, rules(2).now, 0)).toBe(0);
    expect(messageOf(delivered, pendingNotice(delivered)!)).toMatchObject({
      type: 'alert.resolved',
      data: { resolvedBy: 'system', resolvedAt: over.resolvedAt },
    });
  });
});
