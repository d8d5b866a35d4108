/** What one contender did with a vault. Times are in milliseconds. */
export interface Measurement {
  /** Objects of the vault. */
  objects: number;
  /** From the first call to the last answer; of a sample, projected to the whole vault. */
  elapsedMs: number;
  /** How long single objects took, in no promised order. */
  objectMs: number[];
  /** How many objects were measured, where it was not all of them. */
  sampled?: number;
}

/** The value below which a share (0..1) of the values lies; `NaN` of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Objects per second. */
export function objectsPerSecond({ objects, elapsedMs }: Measurement): number {
  return (objects * 1000) / elapsedMs;
}

/** The fastest one: whatever else goes on on a machine only ever adds time. */
export function fastest(measurements: readonly Measurement[]): Measurement {
  const [first] = [...measurements].sort((a, b) => a.elapsedMs - b.elapsedMs);
  if (first === undefined) throw new RangeError('Nothing was measured.');
  return first;
}
