/** Something is not as it should be; the sentence says what was expected and what was found instead. It carries no secret. */
export class UnmetExpectation extends Error {
  override readonly name = 'UnmetExpectation';
}

/** Ends the demo unless `met`. `expected` completes "Expected …", `found` completes "but …". */
export function expectThat(met: boolean, expected: string, found: string): asserts met {
  if (!met) throw new UnmetExpectation(`Expected ${expected}, but ${found}.`);
}

/** The value, which must be there. `what` completes "Expected …". */
export function expectPresent<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new UnmetExpectation(`Expected ${what}, but there is none.`);
  return value;
}
