import { type Tier } from '../contracts/objects';
import { type RecordPlace } from '../contracts/records';

const PATH = /^records\/([0-9a-z-]+)\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([a-z][a-z-]*)\.jws$/;

/** The folder of a vault's signed records in the container of a tier, with a slash at the end. */
export function recordFolder(shortName: string): string {
  return `records/${shortName}/`;
}

/** Where a record of this kind and time (ISO 8601 with milliseconds) lies (docs/format.md, section 7). */
export function recordPlace(tier: Tier, shortName: string, at: string, kind: string): RecordPlace {
  return { tier, shortName, path: `${recordFolder(shortName)}${at.replaceAll(/[-:.]/g, '')}-${kind}.jws` };
}

/** What the path of a record says; `undefined` if it is no such path. */
export function parseRecordPath(path: string): { shortName: string; at: string; kind: string } | undefined {
  const [, shortName, year, month, day, hour, minute, second, millisecond, kind] = PATH.exec(path) ?? [];
  if (shortName === undefined || kind === undefined) return undefined;
  const at = `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}.${millisecond ?? ''}Z`;
  return { shortName, at, kind };
}
