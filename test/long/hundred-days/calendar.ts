import { type Tier } from '../../../src/contracts/objects';

export const DAY = 86_400_000;
export const DAILY_DAYS = 30;
export const MONTHLY_MONTHS = 2;

/** A snapshot that must be there, by what the schedules and the faults say; the app is not asked. */
export interface ExpectedSnapshot {
  vault: string;
  tier: Tier;
  /** ISO 8601. */
  occurrence: string;
  outcome: 'complete' | 'partial';
  /** When it was taken, by the minute. */
  takenAt: number;
}

/** The archive as it has to be: what was taken and has not been dropped yet. Written from the promises alone. */
export class ExpectedArchive {
  kept: ExpectedSnapshot[] = [];
  taken = 0;
  dropped = 0;

  take(snapshot: ExpectedSnapshot): void {
    this.kept.push(snapshot);
    this.taken += 1;
  }

  /** A prune at that time. It keeps the newest complete one and the newest of all of each vault and tier, whatever their age. */
  prune(now: number): void {
    const before = this.kept.length;
    this.kept = this.kept.filter((snapshot) => {
      const same = this.kept.filter(({ vault, tier }) => vault === snapshot.vault && tier === snapshot.tier);
      const newest =
        same.at(-1) === snapshot || same.filter(({ outcome }) => outcome === 'complete').at(-1) === snapshot;
      return newest || keptUntil(snapshot) > now;
    });
    this.dropped += before - this.kept.length;
  }

  wouldDrop(now: number): number {
    return this.kept.filter((snapshot) => keptUntil(snapshot) <= now).length;
  }

  /** One line for each snapshot, in order. */
  lines(): string[] {
    return this.kept.map(lineOf).sort();
  }
}

export function lineOf({ vault, tier, occurrence, outcome }: Omit<ExpectedSnapshot, 'takenAt'>): string {
  return `${vault} ${tier} ${occurrence} ${outcome}`;
}

function keptUntil({ tier, takenAt }: ExpectedSnapshot): number {
  if (tier === 'daily') return takenAt + DAILY_DAYS * DAY;
  // Snapshots of this tier are taken on the first of a month, or the day after: no month is too short for that.
  const date = new Date(takenAt);
  return Date.UTC(
    ...([date.getUTCFullYear(), date.getUTCMonth() + MONTHLY_MONTHS, date.getUTCDate()] as const),
    ...([date.getUTCHours(), date.getUTCMinutes()] as const),
  );
}
