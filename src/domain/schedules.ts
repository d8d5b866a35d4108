import { CronExpressionParser } from 'cron-parser';

const TOLERANCE_MS = 60_000;

/**
 * Whether a text is a schedule as Azure Functions takes it: NCRONTAB with six fields, seconds first, in UTC. One that restricts both the day of
 * the month and the day of the week is refused: NCRONTAB wants both to fit, cron wants one of them, and a schedule that two parsers read
 * differently is no good for naming occurrences. So are the extras of cron-parser that NCRONTAB does not know.
 */
export function isSchedule(schedule: string): boolean {
  const fields = schedule.trim().split(/\s+/);
  const [, , , dayOfMonth, , dayOfWeek] = fields;
  if (fields.length !== 6 || !fields.every((field) => /^[0-9A-Za-z*,/-]+$/.test(field))) return false;
  if (/[LWH]/i.test(dayOfMonth ?? '') || /[0-9]L|H/i.test(dayOfWeek ?? '')) return false;
  if (dayOfMonth !== '*' && dayOfWeek !== '*') return false;
  try {
    CronExpressionParser.parse(schedule, { tz: 'UTC' }).next();
    return true;
  } catch {
    return false;
  }
}

/**
 * The occurrence that a timer serves when it fires at `now`: the latest one that is not after `now` and a minute, since a host may
 * fire early by a little and late by much. Of a schedule that comes round within two minutes the minute is half its interval, or one firing would
 * be taken for the next.
 */
export function occurrenceServedAt(schedule: string, now: Date): Date {
  const latest = latestUntil(schedule, now.getTime() + TOLERANCE_MS);
  const interval = latest.getTime() - latestUntil(schedule, latest.getTime() - 1).getTime();
  return latestUntil(schedule, now.getTime() + Math.min(TOLERANCE_MS, interval / 2));
}

/** The latest occurrence that is not after `time` (milliseconds). `prev` gives what lies strictly before; a millisecond more includes the instant. */
function latestUntil(schedule: string, time: number): Date {
  const currentDate = new Date(Math.floor(time) + 1);
  return CronExpressionParser.parse(schedule, { tz: 'UTC', currentDate }).prev().toDate();
}

/** The first occurrence after `time`. */
export function nextOccurrence(schedule: string, time: Date): Date {
  return CronExpressionParser.parse(schedule, { tz: 'UTC', currentDate: time }).next().toDate();
}

/** Enough to see two days of a schedule that comes round every quarter of an hour. */
const INTERVALS_MEASURED = 200;

/** The shortest time between two occurrences, in milliseconds, as far as the next {@link INTERVALS_MEASURED} show; sooner if one is a second. */
export function shortestInterval(schedule: string): number {
  const occurrences = CronExpressionParser.parse(schedule, { tz: 'UTC', currentDate: new Date(0) });
  let shortest = Infinity;
  let before = occurrences.next().getTime();
  for (let measured = 0; measured < INTERVALS_MEASURED && shortest > 1_000; measured += 1) {
    const next = occurrences.next().getTime();
    shortest = Math.min(shortest, next - before);
    before = next;
  }
  return shortest;
}
