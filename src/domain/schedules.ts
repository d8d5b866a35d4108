import { CronExpressionParser } from 'cron-parser';

const TOLERANCE_MS = 60_000;

/** Whether a text is a schedule as Azure Functions takes it: NCRONTAB with six fields, seconds first, in UTC. */
export function isSchedule(schedule: string): boolean {
  if (schedule.trim().split(/\s+/).length !== 6) return false;
  try {
    CronExpressionParser.parse(schedule, { tz: 'UTC' }).next();
    return true;
  } catch {
    return false;
  }
}

/**
 * The occurrence that a timer serves when it fires at `now`: the latest one that is not after `now` and a minute, since a host may
 * fire early by a little and late by much.
 */
export function occurrenceServedAt(schedule: string, now: Date): Date {
  // `prev` gives what lies strictly before; a millisecond more includes the instant itself.
  const currentDate = new Date(now.getTime() + TOLERANCE_MS + 1);
  return CronExpressionParser.parse(schedule, { tz: 'UTC', currentDate }).prev().toDate();
}

/** The first occurrence after `time`. */
export function nextOccurrence(schedule: string, time: Date): Date {
  return CronExpressionParser.parse(schedule, { tz: 'UTC', currentDate: time }).next().toDate();
}
