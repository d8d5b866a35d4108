import fc from 'fast-check';
import { fitsAny, fitsGlob } from '../../../src/domain/globs';

const letter = fc.constantFrom('a', 'B', '1', '-');
const name = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(''));
const glob = fc.array(fc.oneof(letter, fc.constantFrom('*', '?')), { maxLength: 8 }).map((parts) => parts.join(''));

test('a glob takes what the regular expression of the same meaning takes', () => {
  fc.assert(
    fc.property(name, glob, (text, pattern) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
      expect(fitsGlob(text, pattern)).toBe(expression.test(text));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['db-password', 'db-*', true],
  ['DB-Password', 'db-pass*', true],
  ['db-password', 'db', false],
  ['db-1', 'db-?', true],
  ['db-12', 'db-?', false],
  ['db', '*', true],
  ['', '*', true],
  ['abcabd', '*abd', true],
])('%s and %s', (text, pattern, fits) => {
  expect(fitsGlob(text, pattern)).toBe(fits);
});

test('a glob of many stars takes no more than a moment', () => {
  expect(fitsGlob('a'.repeat(127), `${'*a'.repeat(60)}*b`)).toBe(false);
});

test('no glob takes nothing', () => {
  expect(fitsAny('db', [])).toBe(false);
  expect(fitsAny('db', ['x*', 'd?'])).toBe(true);
});
