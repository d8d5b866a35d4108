import { type BenchOptions } from './bench-options';
import { type Measurement, objectsPerSecond, percentile } from './measurement';
import { type RaceResult } from './race';

/** The figures of a race as one flat object: rates in objects per second, ratios, peak memory of the app's host in MiB. */
export function figures(
  options: BenchOptions,
  { measurements, peakMiB, durable, throttled, spoiled, machine }: RaceResult,
): object {
  const { script, floor, app } = measurements;
  return {
    script: rounded(objectsPerSecond(script)),
    floor: rounded(objectsPerSecond(floor)),
    app: rounded(objectsPerSecond(app)),
    ratioToScript: rounded(objectsPerSecond(app) / objectsPerSecond(script)),
    ratioToFloor: rounded(app.elapsedMs / floor.elapsedMs),
    peakMiB: peakMiB.app,
    objects: options.objects,
    certificates: options.certificates,
    faults: options.faults,
    latencyMs: options.latency,
    batch: options.batch,
    share: options.share,
    rounds: options.rounds,
    seconds: perContender(measurements, ({ elapsedMs }) => rounded(elapsedMs / 1000)),
    p50Ms: perContender(measurements, ({ objectMs }) => rounded(percentile(objectMs, 0.5))),
    p95Ms: perContender(measurements, ({ objectMs }) => rounded(percentile(objectMs, 0.95))),
    memoryMiB: peakMiB,
    scriptSample: script.sampled ?? script.objects,
    ...durable,
    throttled,
    spoiled,
    ...machine,
  };
}

/** The same for people. */
export function table(options: BenchOptions, result: RaceResult): string {
  const { measurements, peakMiB, durable, throttled, spoiled, machine } = result;
  const { script, floor, app } = measurements;
  const row = (name: 'script' | 'floor' | 'app', measured: Measurement): string =>
    [
      name.padEnd(8),
      objectsPerSecond(measured).toFixed(1).padStart(10),
      (measured.elapsedMs / 1000).toFixed(1).padStart(10),
      percentile(measured.objectMs, 0.5).toFixed(0).padStart(10),
      percentile(measured.objectMs, 0.95).toFixed(0).padStart(10),
      String(peakMiB[name] ?? '-').padStart(10),
    ].join('');
  const sampled =
    script.sampled === undefined
      ? []
      : [`The script backed up ${script.sampled} objects; the rest is projected from them.`];
  return [
    `${options.objects} objects (${options.certificates} certificates), ${options.latency} ms latency, ${options.faults} of the calls spoiled, ${options.batch} per activity, ${options.share} of the vault's budget`,
    `${machine.cores} cores, load ${machine.load.toFixed(1)} at the start`,
    '',
    `${' '.repeat(8)} objects/s   seconds    p50 ms    p95 ms  peak MiB`,
    row('script', script),
    row('floor', floor),
    row('app', app),
    '',
    `app over script: ${(objectsPerSecond(app) / objectsPerSecond(script)).toFixed(2)} times the objects per second`,
    `app over floor:  ${(app.elapsedMs / floor.elapsedMs).toFixed(2)} times the time`,
    `engine: ${durable.activities} activities, ${durable.replays} replays, ${durable.replayedBytes} bytes replayed`,
    `answers 429 from the vaults: ${throttled}; calls spoiled: ${spoiled}`,
    ...sampled,
    '',
  ].join('\n');
}

function perContender(
  measurements: RaceResult['measurements'],
  figure: (measured: Measurement) => number,
): Record<keyof RaceResult['measurements'], number> {
  const { script, floor, app } = measurements;
  return { script: figure(script), floor: figure(floor), app: figure(app) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
