import { isDeepStrictEqual } from 'node:util';
import { type BlobRef, type ObjectKind, type ObjectOutcome } from '../contracts/objects';
import { NO_FACTS, type ObjectFacts } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type NewRow, type StoredRow } from './ledger-table';
import { packJson, unpackJson } from './packed-json';
import { type ObjectRow } from './port';

/** The packed part of a row. Rows of before there were portable payloads have `stored` and fewer members. */
type Details = Pick<ObjectRow, 'managed' | 'attributes'> & Partial<ObjectFacts> & { stored?: BlobRef | null };

/** Row keys of objects: the ordinal, padded so that they sort. */
export const OBJECT_KEY = /^\d{8}$/;

/** Row keys of objects are below this one, row keys of tallies above. */
export const BETWEEN_OBJECTS_AND_TALLIES = 'a';

/** The row key of an object. */
export function objectKey(ordinal: number): string {
  return String(ordinal).padStart(8, '0');
}

/** The row key of the tally of a transaction, by the first object in it, which is in no other. */
export function tallyKey(firstOrdinal: number): string {
  return `t-${objectKey(firstOrdinal)}`;
}

/** The table's row. `kind`, `outcome` and `code` stand alone for filters. */
export function toTableRow(inventory: string, row: ObjectRow): NewRow {
  const { ordinal, kind, name, outcome, code, revision: _, ...details } = row;
  return {
    partitionKey: inventory,
    rowKey: objectKey(ordinal),
    kind,
    name,
    ...(outcome === null ? {} : { outcome }),
    ...(code === null ? {} : { code }),
    ...packJson('details', details),
  };
}

/** The object that a row of the table stands for. */
export function toObjectRow(row: StoredRow): ObjectRow {
  const { stored, ...details } = unpackJson('details', row) as Details;
  const outcome = (row['outcome'] as ObjectOutcome | undefined) ?? null;
  return {
    ordinal: Number(row.rowKey),
    kind: row['kind'] as ObjectKind,
    name: row['name'] as string,
    outcome,
    code: (row['code'] as string | undefined) ?? null,
    ...NO_FACTS,
    ...(stored ? { payloads: [{ payload: 'native', ref: stored }] } : {}),
    ...details,
  };
}

/** Whether the table holds exactly this row. */
export function isSameRow(stored: StoredRow, row: ObjectRow): boolean {
  const { revision: _, ...given } = row;
  return isDeepStrictEqual(toObjectRow(stored), JSON.parse(JSON.stringify(given)));
}

/** Somebody else wrote these rows. */
export function objectConflict(inventory: string, ordinal: number): StrongroomError {
  return new StrongroomError(
    'ledger_conflict',
    'Another execution has recorded these objects already. Read them again.',
    {
      details: { table: 'objects', inventory, ordinal },
    },
  );
}
