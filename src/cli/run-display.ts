import { type RunView } from '../contracts/api';
import { formatCount } from './print-table';
import { formatSpan } from './print-time';
import { progressOf, type RunState } from './run-state';
import { printJson, type OutputStream, type Session } from './session';
import { RunBars } from './run-bars';

/** Shows how a run goes on while it is watched. */
export interface RunDisplay {
  show(state: RunState): void;
  /** Something that is not about the run itself. */
  note(text: string): void;
  /** Leaves the terminal as it was. May be called twice. */
  close(): void;
}

/** JSON lines with `--json`, a bar on a terminal, else a line every few seconds. Only JSON goes to stdout. */
export function createRunDisplay(session: Session): RunDisplay {
  const { stderr } = session.surroundings;
  if (session.json) return new JsonLines(session);
  return stderr.isTTY === true ? new RunBars(stderr) : new ProgressLines(stderr, () => session.surroundings.now());
}

/** A line for every run that has changed; the last is the watched run with its final status. */
class JsonLines implements RunDisplay {
  readonly #session: Session;
  readonly #shown = new Map<string, string>();

  constructor(session: Session) {
    this.#session = session;
  }

  show({ run, backups }: RunState): void {
    for (const view of [...backups, run]) this.#showIfChanged(view);
  }

  note(text: string): void {
    this.#session.surroundings.stderr.write(`strongroom: ${text}\n`);
  }

  close(): void {
    this.#shown.clear();
  }

  #showIfChanged(view: RunView): void {
    const text = JSON.stringify(view);
    if (this.#shown.get(view.id) === text) return;
    this.#shown.set(view.id, text);
    printJson(this.#session, view);
  }
}

/** Pause between two lines while no status changes. Milliseconds. */
const LINE_EVERY_MS = 5_000;

/** For logs and pipes: a line when a status changes, else every few seconds. */
class ProgressLines implements RunDisplay {
  readonly #stream: OutputStream;
  readonly #now: () => Date;
  #statuses = '';
  #printedAt = Number.NEGATIVE_INFINITY;

  constructor(stream: OutputStream, now: () => Date) {
    this.#stream = stream;
    this.#now = now;
  }

  show(state: RunState): void {
    const statuses = [state.run, ...state.backups].map((run) => `${run.id} ${run.status}`).join();
    const at = performance.now();
    if (statuses === this.#statuses && at - this.#printedAt < LINE_EVERY_MS) return;
    this.#statuses = statuses;
    this.#printedAt = at;
    this.#stream.write(`${describeProgress(state, this.#now())}\n`);
  }

  note(text: string): void {
    this.#stream.write(`strongroom: ${text}\n`);
  }

  close(): void {
    this.#statuses = '';
  }
}

function describeProgress(state: RunState, now: Date): string {
  const { run } = state;
  const took = formatSpan(run.startedAt, run.endedAt, now);
  if (run.prune !== undefined) return `${took} ${run.status}`;
  const progress = progressOf(state);
  const total = `${formatCount(progress.total)}${progress.complete ? '' : '+'}`;
  return [
    `${took} ${run.status}: ${formatCount(progress.done)} of ${total} objects`,
    ...(progress.vaults > 1 ? [`${progress.vaultsEnded} of ${progress.vaults} vaults`] : []),
    ...(progress.failed > 0 ? [`${formatCount(progress.failed)} failed`] : []),
  ].join(', ');
}
