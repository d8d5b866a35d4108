import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../local/project-root';
import { HOST_HEAP_LIMIT_MIB } from '../local/stack/stack-parts';
import { type Measurement } from './measurement';

/** What a contender's process is told to do. */
export interface ContenderOrder {
  contender: 'script' | 'floor';
  /** Short name. */
  vault: string;
  /** The script measures at most so many objects. */
  most: number;
  /** The floor handles so many at once. */
  objectsAtOnce: number;
}

/** What it answers. */
export type ContenderAnswer = { measurement: Measurement } | { failure: string };

/** A contender that runs in a process of its own. */
export class Contender {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts the process. `environment` is all that it gets: the settings of the app. */
  static async start(environment: Record<string, string>): Promise<Contender> {
    const child = fork(join(PROJECT_ROOT, '.build', 'bench', 'contender-process.js'), {
      env: environment,
      execArgv: ['--enable-source-maps', `--max-old-space-size=${HOST_HEAP_LIMIT_MIB}`],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'spawn');
    return new Contender(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** One order after the other; rejects with what went wrong there. */
  async run(order: ContenderOrder): Promise<Measurement> {
    const answered = Promise.race([
      once(this.child, 'message'),
      once(this.child, 'exit').then(() => {
        throw new Error(`The process of the ${order.contender} ended.`);
      }),
    ]);
    this.child.send(order);
    const [answer] = (await answered) as [ContenderAnswer];
    if ('failure' in answer) throw new Error(`The ${order.contender} failed: ${answer.failure}`);
    return answer.measurement;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
