import fc from 'fast-check';
import { objectKinds, objectOutcomes } from '../../../src/contracts/objects';
import { addCounts, countObjects } from '../../../src/domain/counts';
import { estateStatus, snapshotOutcome } from '../../../src/domain/outcomes';

const object = fc.record({
  kind: fc.constantFrom(...objectKinds),
  outcome: fc.constantFrom(...objectOutcomes),
  code: fc.option(fc.constantFrom('source_not_found', 'vault_forbidden')),
});

test('every object is counted once by outcome and once by kind', () => {
  fc.assert(
    fc.property(fc.array(object), (objects) => {
      const counts = countObjects(objects);
      expect(counts.objects).toBe(objects.length);
      expect(counts.stored + counts.managed + counts.absent + counts.excluded + counts.failed).toBe(objects.length);
      expect(counts.byKind.secret + counts.byKind.key + counts.byKind.certificate).toBe(objects.length);
    }),
  );
});

test('counting parts and adding them up is counting the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.array(object)), (parts) => {
      expect(addCounts(parts.map(countObjects))).toEqual(countObjects(parts.flat()));
    }),
  );
});

test('managed and absent objects take nothing from a snapshot, a failed one does', () => {
  const fine = [
    { kind: 'secret', outcome: 'managed' },
    { kind: 'key', outcome: 'absent', code: 'source_not_found' },
  ] as const;
  expect(snapshotOutcome(countObjects(fine))).toBe('complete');
  expect(snapshotOutcome(countObjects([...fine, { kind: 'key', outcome: 'failed', code: 'vault_forbidden' }]))).toBe(
    'partial',
  );
});

test.each([
  [['succeeded', 'succeeded'], 'succeeded'],
  [['succeeded', 'failed'], 'partial'],
  [['partial'], 'partial'],
  [['failed', 'failed'], 'failed'],
  [['cancelled', 'cancelled'], 'cancelled'],
  [['cancelled', 'succeeded'], 'partial'],
  [['cancelled', 'failed'], 'partial'],
] as const)('an estate whose vaults ended %j is %s', (statuses, expected) => {
  expect(estateStatus(statuses)).toBe(expected);
});
