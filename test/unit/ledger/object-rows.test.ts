import { type ObjectRow } from '../../../src/ledger/port';
import { isSameRow, toObjectRow, toTableRow } from '../../../src/ledger/object-rows';
import { NO_FACTS } from '../../../src/contracts/snapshots';

const ref = (name: string) => ({ blob: `items/${name}.jwe`, digest: 'a'.repeat(64), bytes: 1_400 });
const ROW: ObjectRow = {
  ordinal: 3,
  kind: 'secret',
  name: 'db',
  managed: false,
  attributes: { enabled: true },
  outcome: 'failed',
  code: 'values_forbidden',
  ...NO_FACTS,
  versions: [{ version: '1', enabled: false }],
  payloads: [
    { payload: 'native', ref: ref('n') },
    { payload: 'portable', ref: ref('p') },
  ],
  notes: ['unreadable_disabled'],
  unreadable: 1,
  fingerprint: { dataKey: 'k', versions: { 1: 'f' } },
};

test('a row comes back as it was, without its revision', () => {
  const stored = { ...toTableRow('i', { ...ROW, revision: 'etag' }), etag: 'etag' };
  expect(toObjectRow(stored)).toEqual(ROW);
  expect(isSameRow(stored, { ...ROW, revision: 'another' })).toBe(true);
  expect(isSameRow(stored, { ...ROW, payloads: [] })).toBe(false);
});

test('a row that an earlier version wrote still reads', () => {
  const { managed, attributes, versions } = ROW;
  const early = { ...toTableRow('i', ROW), etag: 'etag' };
  const rowOf = (stored: unknown) =>
    toObjectRow({ ...early, details: JSON.stringify({ managed, attributes, stored, versions }) });
  const facts = { ...NO_FACTS, versions };
  expect(rowOf(null)).toEqual({ ...ROW, ...facts });
  expect(rowOf(ref('n'))).toEqual({ ...ROW, ...facts, payloads: [{ payload: 'native', ref: ref('n') }] });
});
