import { isDeepStrictEqual } from 'node:util';
import { type ObjectKind, type ObjectOutcome } from '../contracts/objects';
import { StrongroomError } from '../errors';
import { type NewRow, type StoredRow } from './ledger-table';
import { packJson, unpackJson } from './packed-json';
import { type ObjectRow } from './port';

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
  const { ordinal, kind, name, outcome, code, managed, attributes, stored, versions } = row;
  return {
    partitionKey: inventory,
    rowKey: objectKey(ordinal),
    kind,
    name,
    ...(outcome === null ? {} : { outcome }),
    ...(code === null ? {} : { code }),
    ...packJson('details', { managed, attributes, stored, versions }),
  };
}

/** The object that a row of the table stands for. */
export function toObjectRow(row: StoredRow): ObjectRow {
  const details = unpackJson('details', row) as Pick<ObjectRow, 'managed' | 'attributes' | 'stored' | 'versions'>;
  const outcome = (row['outcome'] as ObjectOutcome | undefined) ?? null;
  return {
    ordinal: Number(row.rowKey),
    kind: row['kind'] as ObjectKind,
    name: row['name'] as string,
    outcome,
    code: (row['code'] as string | undefined) ?? null,
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
