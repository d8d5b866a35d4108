import fc from 'fast-check';
import { type ContainerReading, policyFindingCodes } from '../../../src/contracts/archive-policies';
import { daysOfRetention, judgeContainer, longestPromise } from '../../../src/domain/archive-policies';
import { retainUntil } from '../../../src/domain/retention';

const DAY = 86_400_000;
const sound: ContainerReading = {
  hasPolicy: true,
  policy: { days: 30, locked: true, protectedAppend: false, extensionsLeft: 5 },
  legalHolds: [],
  hasLegalHold: false,
  versioning: false,
  unread: null,
};
const promised = { requiredDays: 30, storedDays: 30 };
const policy = (change: object): ContainerReading => ({ ...sound, policy: { ...sound.policy!, ...change } });
const codes = (reading: ContainerReading, wanted = promised): string[] =>
  judgeContainer(reading, wanted).findings.map(({ code }) => code);

test('a locked policy as long as the retention has no fault, and every fault is known to be absent', () => {
  expect(judgeContainer(sound, promised)).toEqual({ findings: [], absent: [...policyFindingCodes] });
  expect(codes(policy({ days: 400 }))).toEqual([]);
});

test.each([
  ['policy_missing', { ...sound, hasPolicy: false, policy: null }, { required: 30, actual: null }],
  ['policy_unlocked', policy({ locked: false }), { required: null, actual: null }],
  ['protected_append_on', policy({ protectedAppend: true }), {}],
  ['versioning_on', { ...sound, versioning: true }, {}],
  [
    'policy_unreadable',
    { ...sound, versioning: null, unread: 'archive_forbidden' as const },
    { cause: 'archive_forbidden' },
  ],
])('%s', (code, reading, facts) => {
  const { findings } = judgeContainer(reading, promised);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ code, ...facts });
});

test('a lock that is shorter than the retention, with both numbers', () => {
  const { findings } = judgeContainer(policy({ days: 365 }), { requiredDays: 366, storedDays: 365 });
  expect(findings).toEqual([
    { code: 'lock_shorter_than_retention', severity: 'error', required: 366, actual: 365, cause: null },
  ]);
});

test('a retention below what is stored: by the setting, by the policy, by both', () => {
  const below = (days: number, requiredDays: number) =>
    judgeContainer(policy({ days }), { requiredDays, storedDays: 90 }).findings.map(({ code, actual }) => [
      code,
      actual,
    ]);
  expect(below(90, 30)).toEqual([['retention_below_stored', 30]]);
  expect(below(60, 60)).toEqual([['retention_below_stored', 60]]);
  expect(below(20, 30)).toEqual([
    ['lock_shorter_than_retention', 20],
    ['retention_below_stored', 20],
  ]);
  expect(below(90, 120)).toEqual([['lock_shorter_than_retention', 90]]);
});

test('what could not be read is neither found nor absent; what is known anyhow is', () => {
  const unread: ContainerReading = {
    ...{ hasPolicy: true, policy: null, legalHolds: null, hasLegalHold: false, versioning: null },
    unread: 'archive_id_not_set',
  };
  const { findings, absent } = judgeContainer(unread, { requiredDays: 30, storedDays: 90 });
  expect(findings.map(({ code }) => code)).toEqual(['policy_unreadable', 'retention_below_stored']);
  expect(absent).toEqual(['policy_missing']);
  expect(judgeContainer(unread, promised).absent).toEqual(['policy_missing']);
  const nothing = judgeContainer({ ...unread, hasPolicy: null, hasLegalHold: null }, promised);
  expect([nothing.findings.map(({ code }) => code), nothing.absent]).toEqual([['policy_unreadable'], []]);
  expect(codes({ ...unread, hasPolicy: false })).toEqual(['policy_unreadable', 'policy_missing']);
});

test('twelve calendar months are up to 366 days, and no retention is ever longer than what is required', () => {
  const months = (monthlyMonths: number) => daysOfRetention('monthly', { dailyDays: 1, monthlyMonths });
  expect([1, 2, 12, 24, 48, 49].map(months)).toEqual([31, 62, 366, 731, 1461, 1492]);
  expect(daysOfRetention('daily', { dailyDays: 30, monthlyMonths: 12 })).toBe(30);
  const start = fc.date({ min: new Date('1995-01-01'), max: new Date('2095-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(start, fc.integer({ min: 1, max: 600 }), (closedAt, monthlyMonths) => {
      const retention = { dailyDays: 1, monthlyMonths };
      const days = (retainUntil('monthly', closedAt, retention).getTime() - closedAt.getTime()) / DAY;
      const required = daysOfRetention('monthly', retention);
      expect(required).toBeGreaterThanOrEqual(days);
      expect(required).toBeLessThanOrEqual(days + 5);
    }),
  );
});

test('the longest promise that still holds', () => {
  const now = new Date('2026-11-22T00:00:00Z');
  const kept = (closedAt: string, until: string) => ({ closedAt, retainUntil: until });
  expect(longestPromise([], now)).toBeNull();
  expect(longestPromise([kept('2025-01-01T00:00:00Z', '2026-11-22T00:00:00Z')], now)).toBeNull();
  const stored = [
    kept('2026-11-01T02:00:00Z', '2026-12-01T02:00:00Z'),
    kept('2026-10-20T02:00:00Z', '2026-12-19T02:00:00Z'),
  ];
  expect(longestPromise(stored, now)).toBe(60);
});
