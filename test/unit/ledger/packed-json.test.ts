import fc from 'fast-check';
import { packJson, unpackJson } from '../../../src/ledger/packed-json';

const hex = (length: number) =>
  Array.from({ length: Math.ceil(length / 32) }, () => crypto.randomUUID().replaceAll('-', ''))
    .join('')
    .slice(0, length);

/** A failure with these properties. */
const failure = (properties: object) => expect.objectContaining(properties) as Error;

describe('JSON in the properties of a row', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const expected: unknown = JSON.parse(JSON.stringify(value));
        expect(unpackJson('p', packJson('p', value))).toEqual(expected);
      }),
    );
  });

  it('comes back as it was, at any size around the limits of a property, with any characters', () => {
    for (const length of [31_998, 31_999, 127_000, 128_000, 128_001, 500_000]) {
      const value = `${'\u{1F511}é\n"'.repeat(3)}${hex(length)}`;
      expect(unpackJson('p', packJson('p', value))).toBe(value);
    }
  });

  it('keeps within 64 KiB for each property, and 1 MiB for the row', () => {
    for (const length of [31_990, 40_000, 1_500_000]) {
      const properties = Object.entries(packJson('p', hex(length)));
      const sizes = properties.map(([, value]) =>
        value instanceof Uint8Array ? value.length : (value as string).length * 2,
      );
      expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_048_576 - 50_000);
    }
  });

  it('stays readable where it is small', () => {
    expect(packJson('record', { a: 1 })).toEqual({ record: '{"a":1}' });
  });

  it('is refused beyond what a row takes', () => {
    expect(() => packJson('p', hex(2_500_000))).toThrow(failure({ code: 'ledger_refused', retryable: false }));
  });

  it('is refused where it is missing, cut or foreign', () => {
    const packed = packJson('p', hex(300_000));
    const { pGzip0: _, ...cut } = packed;
    for (const row of [
      {},
      cut,
      { p: '{' },
      { p: 7 },
      { pGzip0: new Uint8Array([1, 2, 3]) },
      { pGzip0: packed['pGzip0'] },
    ]) {
      expect(() => unpackJson('p', row)).toThrow(failure({ code: 'ledger_refused' }));
    }
  });
});
