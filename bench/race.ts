import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { PROJECT_ROOT } from '../local/project-root';
import { cleanEnvironment } from '../local/stack/part-process';
import { type Stack, startStack } from '../local/stack/start-stack';
import { AppUnderTest, type DurableFigures } from './app-under-test';
import { type BenchOptions } from './bench-options';
import { makeVaults, MEASURED_VAULT, protectedVaults, spoilCalls, WARM_UP_VAULT } from './bench-vaults';
import { Contender, type ContenderOrder } from './contender';
import { fastest, type Measurement } from './measurement';
import { peakMiB } from './peak-memory';

/** Vaults count calls over ten seconds; who comes next begins with all of its budget. */
const WINDOW_MS = 10_500;

type Racer = 'script' | 'floor' | 'app';

/** What was measured. Memory is that of each contender's own process since its start. */
export interface RaceResult {
  measurements: Record<Racer, Measurement>;
  peakMiB: Record<Racer, number | null>;
  /** Of the app's runs that were measured, per run. */
  durable: DurableFigures;
  /** Answers 429 that the measured vault gave to all. */
  throttled: number;
  /** Calls that were spoiled for all, by order. */
  spoiled: number;
  machine: { cores: number; load: number };
}

/** A stack with its contenders, all of them warm. */
class Race {
  readonly #app: AppUnderTest;

  constructor(
    private readonly stack: Stack,
    private readonly options: BenchOptions,
    private readonly processes: Record<'script' | 'floor', Contender>,
  ) {
    this.#app = new AppUnderTest(stack, options.latency);
  }

  /** Everybody once, over the small vault: code is compiled, tokens are fetched, connections are open. */
  async warmUp(): Promise<void> {
    for (const racer of ['script', 'floor', 'app'] as const) await this.#run(racer, WARM_UP_VAULT, 20);
  }

  async measure(tell: (text: string) => void): Promise<RaceResult> {
    const { options, processes, stack } = this;
    const measured: Record<Racer, Measurement[]> = { script: [], floor: [], app: [] };
    const load = loadavg()[0] ?? 0;
    const before = await this.#app.durable();
    for (let round = 0; round < options.rounds; round += 1) {
      const order: Racer[] = round % 2 === 0 ? ['script', 'floor', 'app'] : ['app', 'floor', 'script'];
      for (const racer of order) {
        await pause(WINDOW_MS);
        tell(`${racer}, round ${round + 1} of ${options.rounds}`);
        measured[racer].push(await this.#run(racer, MEASURED_VAULT, options.sample));
      }
    }
    const after = await this.#app.durable();
    const perRun = (figure: keyof DurableFigures): number =>
      Math.round((after[figure] - before[figure]) / options.rounds);
    const { script, floor, app } = measured;
    return {
      measurements: { script: fastest(script), floor: fastest(floor), app: fastest(app) },
      peakMiB: {
        script: peakMiB(processes.script.pid),
        floor: peakMiB(processes.floor.pid),
        app: peakMiB(stack.pids.host ?? 0),
      },
      durable: {
        replays: perRun('replays'),
        replayedBytes: perRun('replayedBytes'),
        activities: perRun('activities'),
      },
      throttled: await this.#throttled(),
      spoiled: await this.#spoiled(),
      machine: { cores: cpus().length, load },
    };
  }

  async #run(racer: Racer, vault: string, most: number): Promise<Measurement> {
    if (racer === 'app') return this.#app.run(vault);
    const objectsAtOnce = activitiesAtOnce() * this.options.batch;
    const order: ContenderOrder = { contender: racer, vault, most, objectsAtOnce };
    return this.processes[racer].run(order);
  }

  async #throttled(): Promise<number> {
    const log = z.object({ counters: z.record(z.string(), z.object({ byStatus: z.record(z.string(), z.number()) })) });
    const { counters } = log.parse(await this.stack.control.get('/vault-service/requests?since=1e15'));
    return Object.values(counters).reduce((sum, { byStatus }) => sum + (byStatus['429'] ?? 0), 0);
  }

  async #spoiled(): Promise<number> {
    const { faults } = z
      .object({ faults: z.array(z.object({ hits: z.number() })) })
      .parse(await this.stack.control.get('/vault-service/faults'));
    return faults.reduce((sum, { hits }) => sum + hits, 0);
  }
}

/** Starts a stack of its own, measures, and leaves nothing behind. */
export async function runRace(options: BenchOptions, tell: (text: string) => void): Promise<RaceResult> {
  const started: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    started.unshift(part);
    return part;
  };
  try {
    tell('starting the stack');
    const stack = keep(
      await startStack({
        ephemeral: true,
        estate: 'empty',
        host: { modes: { timers: false } },
        settings: {
          PROTECTED_VAULTS: protectedVaults(),
          BATCH_SIZE: String(options.batch),
          VAULT_BUDGET_SHARE: String(options.share),
        },
      }),
    );
    tell(`filling a vault with ${options.objects} objects`);
    await makeVaults(stack, options);
    const environment = { ...stack.settings, ...cleanEnvironment() };
    const script = keep(await Contender.start(environment));
    const floor = keep(await Contender.start(environment));
    const race = new Race(stack, options, { script, floor });
    tell('warming up');
    await race.warmUp();
    await spoilCalls(stack, options.faults);
    return await race.measure(tell);
  } finally {
    for (const part of started) await part.stop();
  }
}

/** As many activities as the host runs at once. */
function activitiesAtOnce(): number {
  const hostJson = z.object({
    extensions: z.object({ durableTask: z.object({ maxConcurrentActivityFunctions: z.number() }) }),
  });
  const parsed = hostJson.parse(JSON.parse(readFileSync(join(PROJECT_ROOT, 'host.json'), 'utf8')));
  return parsed.extensions.durableTask.maxConcurrentActivityFunctions;
}
