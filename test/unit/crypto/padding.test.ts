import { assert, dictionary, integer, property, string } from 'fast-check';
import { bucketSize, paddedJson } from '../../../src/crypto/padding';

describe('padding', () => {
  it.each([
    [0, 1_024],
    [1, 1_024],
    [1_024, 1_024],
    [1_025, 2_048],
    [65_535, 65_536],
    [65_536, 65_536],
    [65_537, 131_072],
    [131_073, 196_608],
  ])('puts %d bytes into a bucket of %d', (size, bucket) => {
    expect(bucketSize(size)).toBe(bucket);
  });

  it('gives the smallest bucket that is large enough', () => {
    const isBucket = (size: number) =>
      size <= 65_536 ? size >= 1_024 && Number.isInteger(Math.log2(size)) : size % 65_536 === 0;
    assert(
      property(integer({ min: 0, max: 2 ** 30 }), (size) => {
        const bucket = bucketSize(size);
        expect(bucket).toBeGreaterThanOrEqual(size);
        expect(isBucket(bucket)).toBe(true);
        const smaller = bucket > 65_536 ? bucket - 65_536 : bucket / 2;
        expect(smaller < size || bucket === 1_024).toBe(true);
      }),
    );
  });

  it('leaves JSON that a parser reads, whatever is in it', () => {
    assert(
      property(dictionary(string(), string({ unit: 'binary' })), (value) => {
        const padded = paddedJson(value);
        expect(padded.byteLength).toBe(bucketSize(padded.byteLength));
        const text = Buffer.from(padded).toString('utf8');
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
        expect(text.trimEnd()).toBe(JSON.stringify(value));
      }),
    );
  });
});
