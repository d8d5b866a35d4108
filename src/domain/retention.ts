import { type Tier } from '../contracts/objects';

export interface Retention {
  dailyDays: number;
  monthlyMonths: number;
}

/**
 * Until when a snapshot made at `time` must be kept: days for the daily tier, calendar months for the monthly one (31 January and
 * one month is the last day of February).
 */
export function retainUntil(tier: Tier, time: Date, retention: Retention): Date {
  const until = new Date(time);
  if (tier === 'daily') {
    until.setUTCDate(until.getUTCDate() + retention.dailyDays);
    return until;
  }
  const day = until.getUTCDate();
  until.setUTCMonth(until.getUTCMonth() + retention.monthlyMonths, 1);
  const lastDay = new Date(Date.UTC(until.getUTCFullYear(), until.getUTCMonth() + 1, 0)).getUTCDate();
  until.setUTCDate(Math.min(day, lastDay));
  return until;
}
