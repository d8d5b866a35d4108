import { Format, MultiBar, type GenericBar, type Options, type Params } from 'cli-progress';
import { type RunView } from '../contracts/api';
import { hasEnded } from '../contracts/runs';
import { formatCount } from './print-table';
import { formatDuration } from './print-time';
import { progressOf, type RunState } from './run-state';
import { type OutputStream } from './session';

/** Vaults that have a line of their own at a time; a terminal that is lower has fewer. */
const MOST_VAULT_LINES = 10;
/** Lines of the terminal that stay free for the sum, the prompt and what stood there before. */
const FREE_LINES = 4;

interface BarText {
  name: string;
  counted: string;
  tail: string;
  /** Whether to say how long it will take. */
  estimate: boolean;
}

/** Progress bars on a terminal: one over all objects, and a line per vault when there are several. */
export class RunBars {
  readonly #stream: OutputStream;
  readonly #bars: MultiBar;
  #sum: GenericBar | undefined;
  readonly #vaults: GenericBar[] = [];
  #closed = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.#bars = new MultiBar({
      stream,
      format: formatBarLine,
      fps: 5,
      barsize: 30,
      barCompleteString: '='.repeat(30),
      barIncompleteString: '-'.repeat(30),
      hideCursor: true,
      // A note pushes the lines down: those that have not changed must be drawn again below it.
      forceRedraw: true,
      // Ctrl-C is answered by the command, which closes this display.
      gracefulExit: false,
      // A rate over the last half a minute: batches come in bursts.
      etaBuffer: 15,
    });
  }

  show(state: RunState): void {
    const progress = progressOf(state);
    const several = state.run.runs.length > 1;
    const ended = several ? `  ${progress.vaultsEnded}/${progress.vaults} vaults` : '';
    const failed = progress.failed === 0 ? '' : `  ${formatCount(progress.failed)} failed`;
    const total = progress.complete ? progress.total : Math.max(1, progress.total);
    const text: BarText = {
      name: several ? 'all vaults' : nameOf(state),
      counted: `${formatCount(progress.done)}/${formatCount(progress.total)}${progress.complete ? '' : '+'}`,
      tail: `${ended}${failed}  ${state.run.status}`,
      estimate: progress.complete && !hasEnded(state.run.status),
    };
    // What was done before somebody looked tells nothing about the rate: the bar begins there.
    this.#sum ??= this.#bars.create(total, progress.done, text);
    draw(this.#sum, progress.done, total, text);
    if (several) this.#showVaults(state.backups);
    this.#bars.update();
  }

  note(text: string): void {
    this.#bars.log(`strongroom: ${text}\n`);
    if (this.#sum === undefined) this.#stream.write(`strongroom: ${text}\n`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#sum !== undefined) this.#bars.stop();
  }

  #showVaults(backups: readonly RunView[]): void {
    const lines = Math.max(1, Math.min(MOST_VAULT_LINES, heightOf(this.#stream) - FREE_LINES));
    mostInteresting(backups, lines).forEach((backup, index) => {
      const line = (this.#vaults[index] ??= this.#bars.create(1, 0, {}));
      const { done, total } = backup.progress;
      draw(line, done, total ?? 1, {
        name: backup.vault ?? backup.id,
        counted: `${formatCount(done)}/${total === null ? '?' : formatCount(total)}`,
        tail: `  ${backup.status}${backup.code === null ? '' : ` (${backup.code})`}`,
        estimate: false,
      });
    });
  }
}

/** Some terminals do not tell their height, or tell 0. */
function heightOf({ rows }: OutputStream): number {
  return rows === undefined || rows === 0 ? 24 : rows;
}

/** All of them in their order if there is room; else those that are being worked at first, so that something is seen to move. */
function mostInteresting(backups: readonly RunView[], lines: number): readonly RunView[] {
  if (backups.length <= lines) return backups;
  const rank = (run: RunView): number => (run.status === 'running' ? 0 : hasEnded(run.status) ? 2 : 1);
  return [...backups].sort((a, b) => rank(a) - rank(b)).slice(0, lines);
}

function nameOf({ run, backups }: RunState): string {
  return run.vault ?? backups[0]?.vault ?? run.kind;
}

function draw(bar: GenericBar, done: number, total: number, text: BarText): void {
  bar.setTotal(total);
  bar.update(done, text);
}

function formatBarLine(options: Options, params: Params, payload: BarText): string {
  const percent = `${Math.floor(params.progress * 100)}%`.padStart(4);
  const elapsed = formatDuration((params.stopTime ?? Date.now()) - params.startTime);
  const left = payload.estimate && Number.isFinite(params.eta) ? `, ${formatDuration(params.eta * 1000)} left` : '';
  const bar = Format.BarFormat(params.progress, options);
  const name = payload.name.slice(0, 24).padEnd(24);
  return `${name} [${bar}] ${percent}  ${payload.counted}${payload.tail}${payload.estimate ? `  ${elapsed}${left}` : ''}`;
}
