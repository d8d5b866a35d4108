import { type Tier } from '../contracts/objects';
import { type SnapshotPlace } from '../contracts/snapshots';

/** `YYYYMMDDTHHMMSSZ` of a time, in UTC. */
export function compactTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** A run's id: when, and 12 hex digits that tell runs of the same second apart. */
export function runId(time: Date, hex: string): string {
  return `${compactTime(time)}-${hex.slice(0, 12)}`;
}

/** What to hash (SHA-256) for the id of a scheduled run, so that a late or doubled timer meets the same run. `subject` is a vault URL or `estate`. */
export function scheduledRunSeed(subject: string, tier: Tier, occurrence: Date): string {
  return `${subject}\n${tier}\n${occurrence.toISOString()}`;
}

/** The time that a run id carries. */
export function timeOfRun(id: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(id) ?? [];
  return new Date(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}.000Z`);
}

/** The folder that holds all of a tier's snapshots of one day or month. */
export function dateFolder(tier: Tier, snapshot: string): string {
  const date = timeOfRun(snapshot).toISOString();
  return date.slice(0, tier === 'daily' ? 10 : 7);
}

/** Whether a name at the top of a tier's container is a date folder. */
export function isDateFolder(tier: Tier, name: string): boolean {
  return (tier === 'daily' ? /^\d{4}-\d\d-\d\d$/ : /^\d{4}-\d\d$/).test(name);
}

/** Where a snapshot lies (docs/format.md, section 1). */
export function snapshotPlace(tier: Tier, shortName: string, snapshot: string): SnapshotPlace {
  return { snapshot, tier, folder: `${dateFolder(tier, snapshot)}/${shortName}/${snapshot}` };
}

/** The path of a snapshot's manifest in its tier's container. */
export function manifestPath(place: SnapshotPlace): string {
  return `${place.folder}/manifest.jws`;
}
