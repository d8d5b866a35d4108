import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../project-root';
import { StackStartError } from '../process/stack-process';
import { type DataFolder } from './data-folder';
import { type PartProcess, cleanEnvironment, startPart } from './part-process';

/** The parts of a stack, each a process of its own. */
export type PartName = 'storage' | 'vaults' | 'host';

/**
 * What Node takes by itself on an instance of 2 GB, the usual one of Flex Consumption: the app is to show here that it gets by with it. On a
 * larger machine V8 would let garbage pile up in proportion to the memory.
 */
export const HOST_HEAP_LIMIT_MIB = 512;

const MAINS: Record<PartName, { main: string; title: string; heapLimitMiB?: number }> = {
  storage: { main: 'storage/main.js', title: 'storage' },
  vaults: { main: 'vault-service/main.js', title: 'vault service' },
  host: { main: 'functions-host/main.js', title: 'Functions host', heapLimitMiB: HOST_HEAP_LIMIT_MIB },
};

// Starting is in this order, stopping in the reverse: who uses the others goes first.
const ORDER: PartName[] = ['storage', 'vaults', 'host'];

/** The endpoints of the parts that were started. */
export type PartEndpoints = Partial<Record<PartName, Record<string, string>>>;

/** What the parts report while they run. */
export interface PartEvents {
  onTripwire(id: string): void;
  /** A part ended although nobody asked it to. */
  onLost(name: PartName, how: number | NodeJS.Signals): void;
}

/**
 * Starts, kills and stops the parts of one stack and moves their clocks. One order is carried out after the other, so that
 * a start and a move of the clock cannot miss each other.
 */
export class StackParts {
  readonly #running = new Map<PartName, PartProcess>();
  readonly #starting = new Map<PartName, Promise<unknown>>();
  #orders: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: DataFolder,
    private readonly events: PartEvents,
  ) {}

  /** The process of a part, or undefined while it is down. */
  get(name: PartName): PartProcess | undefined {
    return this.#running.get(name);
  }

  /** The process ids of what runs. */
  get pids(): Partial<Record<PartName, number>> {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, pid]));
  }

  /** Starts parts beside each other; their endpoints. One that runs already is left alone. If one fails, the others still run. */
  startAll(configs: Partial<Record<PartName, unknown>>, settings: Record<string, string> = {}): Promise<PartEndpoints> {
    return this.#inTurn(async () => {
      const names = Object.keys(configs) as PartName[];
      const starts = names.map((name) => this.#noted(name, this.#start(name, configs[name], settings)));
      const started = await Promise.allSettled(starts);
      const failed = started.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      return Object.fromEntries(await Promise.all(starts));
    });
  }

  /**
   * Ends a part with a signal, at once and not in turn: a kill must hit the very moment. One that works already while it has
   * not yet said that it is ready is killed as soon as it has.
   */
  async kill(name: PartName, signal: NodeJS.Signals): Promise<void> {
    await this.#starting.get(name)?.catch(() => undefined);
    const part = this.#running.get(name);
    if (!part) return;
    this.#forget(name, part);
    await part.kill(signal);
    this.#noteParts();
  }

  /** Moves the clock of every part, the host last, so that what it then calls already lives at the new time. */
  moveClock(offsetMs: number): Promise<void> {
    return this.#inTurn(async () => {
      if (offsetMs < this.folder.state.clockOffsetMs) throw new RangeError('The clock only goes forward.');
      this.folder.remember({ clockOffsetMs: offsetMs });
      for (const name of ORDER) await this.#running.get(name)?.setClock(offsetMs);
    });
  }

  /** Stops one part gracefully. */
  stop(name: PartName): Promise<void> {
    return this.#inTurn(async () => {
      const part = this.#running.get(name);
      if (!part) return;
      this.#forget(name, part);
      await part.stop();
      this.#noteParts();
    });
  }

  /** Stops all parts gracefully, in order. */
  async stopAll(): Promise<void> {
    for (const name of [...ORDER].reverse()) await this.stop(name);
  }

  /** Keeps the start in view of {@link kill} until it is over. */
  async #noted<T>(name: PartName, start: Promise<T>): Promise<[PartName, T]> {
    this.#starting.set(name, start);
    try {
      return [name, await start];
    } finally {
      this.#starting.delete(name);
    }
  }

  async #start(name: PartName, config: unknown, settings: Record<string, string>): Promise<PartProcess['endpoints']> {
    const running = this.#running.get(name);
    if (running) return running.endpoints;
    const { main, title, heapLimitMiB } = MAINS[name];
    requireBuilt(join(PROJECT_ROOT, '.build', 'local', main));
    const part = await startPart({
      name: title,
      main,
      heapLimitMiB,
      config,
      clockOffsetMs: this.folder.state.clockOffsetMs,
      environment: { ...settings, ...cleanEnvironment() },
      logFile: join(this.folder.folder('logs'), `${name}.log`),
      onTripwire: (id) => {
        this.events.onTripwire(id);
      },
    });
    this.#running.set(name, part);
    this.#noteParts();
    void part.exited.then((how) => {
      if (this.#forget(name, part)) this.events.onLost(name, how);
    });
    return part.endpoints;
  }

  /** Whether the part was still counted as running. */
  #forget(name: PartName, part: PartProcess): boolean {
    return this.#running.get(name) === part && this.#running.delete(name);
  }

  #noteParts(): void {
    this.folder.lock.noteParts([...this.#running.values()].map(({ pid }) => pid));
  }

  #inTurn<T>(order: () => Promise<T>): Promise<T> {
    const result = this.#orders.then(order, order);
    this.#orders = result.catch(() => undefined);
    return result;
  }
}

/** @throws {StackStartError} `not_built` */
export function requireBuilt(file: string): void {
  if (!existsSync(file)) throw new StackStartError('not_built', `${file} is missing. Build first: npm run build`);
}
