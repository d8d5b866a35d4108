import { type ObjectView, type RunView } from '../contracts/api';
import { hasEnded } from '../contracts/runs';
import { type SnapshotCounts } from '../contracts/snapshots';
import { addCounts } from '../domain/counts';
import { type Paint } from './paint';
import { formatCodes, formatCount, renderFacts, renderTable, type Column } from './print-table';
import { formatSpan, formatTime } from './print-time';
import { type RunState } from './run-state';

/** How a listing is printed. */
export interface PrintStyle {
  paint: Paint;
  now: Date;
}

const right = (title: string): Column => ({ title, align: 'right' });
const left = (title: string): Column => ({ title });

/** A line per run. */
export function renderRuns(runs: readonly RunView[], { paint, now }: PrintStyle): string[] {
  const columns = [
    left('RUN'),
    left('KIND'),
    left('VAULT'),
    left('TIER'),
    left('STATUS'),
    left('TRIGGER'),
    right('DONE'),
    right('FAILED'),
    left('CREATED'),
    right('TOOK'),
  ];
  const rows = runs.map((run) => [
    run.id,
    run.kind,
    run.vault ?? '-',
    run.tier ?? '-',
    paint.status(run.status),
    run.trigger,
    formatProgress(run),
    paint.failures(run.counts.failed, formatCount(run.counts.failed)),
    formatTime(run.createdAt, now),
    formatSpan(run.startedAt, run.endedAt, now),
  ]);
  return renderTable(columns, rows);
}

/** Everything about one run, and the table of its vaults if it is an estate's. */
export function renderRun({ run, backups }: RunState, style: PrintStyle): string[] {
  const { paint, now } = style;
  const facts: [string, string][] = [
    ['kind', run.vault === null ? run.kind : `${run.kind} of ${run.vault}`],
    ...optional('tier', run.tier),
    ['status', paint.status(run.status)],
    ...optional('why', run.code),
    ...optional('warnings', run.warnings.length === 0 ? null : run.warnings.join(', ')),
    ['trigger', run.trigger],
    ...optional('scheduled for', run.scheduledFor === null ? null : formatTime(run.scheduledFor, now)),
    ['created', formatTime(run.createdAt, now)],
    ['started', formatTime(run.startedAt, now)],
    ['ended', formatTime(run.endedAt, now)],
    ...optional('cancel asked', run.cancelRequestedAt === null ? null : formatTime(run.cancelRequestedAt, now)),
    ['took', formatSpan(run.startedAt, run.endedAt, now)],
    ...(run.prune === undefined
      ? [['objects', formatProgress(run)] as [string, string], ...renderCounts(run.counts, paint)]
      : pruneFacts(run.prune)),
    ...optional('snapshot', run.snapshot),
    ...optional('estate run', run.estateRun),
    ['correlation id', run.correlationId],
  ];
  const table = run.runs.length === 0 ? [] : ['', ...renderBackups({ run, backups }, style)];
  return [paint.bold(`Run ${run.id}`), ...renderFacts(facts), ...table];
}

/** How a watched run went: a line per vault, with the reasons of what failed. */
export function renderOutcome(state: RunState, style: PrintStyle): string[] {
  const { run } = state;
  const why = [run.code, ...run.warnings].filter((code) => code !== null).join(', ');
  const took = formatSpan(run.startedAt, run.endedAt, style.now);
  return [
    ...renderBackups(state, style),
    '',
    `${style.paint.bold(`Run ${run.id}`)}: ${style.paint.status(run.status)}${why === '' ? '' : ` (${why})`}, ${took}`,
  ];
}

function renderBackups({ run, backups }: RunState, { paint, now }: PrintStyle): string[] {
  const parts = run.runs.length === 0 ? [run] : backups;
  const columns = [
    left('VAULT'),
    left('STATUS'),
    right('STORED'),
    right('MANAGED'),
    right('ABSENT'),
    right('EXCLUDED'),
    right('FAILED'),
    right('TIME'),
    left('RUN'),
    left('CODES'),
  ];
  const rows = parts.map((part) => [
    part.vault ?? '-',
    paint.status(part.status),
    ...outcomeCells(part.counts, paint),
    formatSpan(part.startedAt, part.endedAt, now),
    part.id,
    [...new Set([part.code, ...part.warnings])]
      .filter((code) => code !== null)
      .concat(formatCodes(part.counts.byCode))
      .filter((text) => text !== '')
      .join(', '),
  ]);
  const known = new Set(parts.map((part) => part.id));
  const pending = run.runs.filter(({ runId }) => !known.has(runId));
  const sums = addCounts(parts.map((part) => part.counts));
  return renderTable(columns, [
    ...rows,
    ...pending.map(({ vault, runId }) => [vault, paint.status('pending'), '', '', '', '', '', '-', runId]),
    ...(parts.length > 1 ? [[paint.bold('all'), '', ...outcomeCells(sums, paint)]] : []),
  ]);
}

/** A line per object of a run. */
export function renderObjects(objects: readonly ObjectView[], paint: Paint): string[] {
  const columns = [
    left('KIND'),
    left('NAME'),
    left('OUTCOME'),
    right('VERSIONS'),
    right('BYTES'),
    left('CODE'),
    left('PAYLOADS'),
    left('BLOB'),
  ];
  const rows = objects.map((object) => [
    object.kind,
    object.name,
    object.outcome === null ? paint.dim('pending') : paint.outcome(object.outcome !== 'failed', object.outcome),
    formatCount(object.versions),
    object.bytes === null ? '-' : formatCount(object.bytes),
    [object.code, ...object.notes].filter((code) => code !== null).join(', ') || '-',
    [...new Set(object.payloads.map(({ payload }) => payload))].join(', ') || '-',
    object.blob ?? '-',
  ]);
  return renderTable(columns, rows);
}

/** Facts about counts: outcomes, kinds, and codes if there are any. */
export function renderCounts(counts: SnapshotCounts, paint: Paint): [string, string][] {
  const outcomes = (['stored', 'managed', 'absent', 'excluded'] as const).map(
    (outcome) => `${formatCount(counts[outcome])} ${outcome}`,
  );
  const failed = paint.failures(counts.failed, `${formatCount(counts.failed)} failed`);
  const kinds = Object.entries(counts.byKind).map(
    ([kind, count]) => `${formatCount(count)} ${kind}${count === 1 ? '' : 's'}`,
  );
  return [
    ['outcomes', [...outcomes, failed].join(', ')],
    ['kinds', kinds.join(', ')],
    ...optional('codes', formatCodes(counts.byCode) || null),
  ];
}

function outcomeCells(counts: SnapshotCounts, paint: Paint): string[] {
  return [
    formatCount(counts.stored),
    formatCount(counts.managed),
    formatCount(counts.absent),
    formatCount(counts.excluded),
    paint.failures(counts.failed, formatCount(counts.failed)),
  ];
}

/** `1,240/2,000`; the total is `?` until the inventory is complete, and was never known if the run ended before. */
function formatProgress(run: RunView): string {
  const { done, total } = run.progress;
  if (total !== null) return `${formatCount(done)}/${formatCount(total)}`;
  return hasEnded(run.status) ? formatCount(done) : `${formatCount(done)}/?`;
}

function pruneFacts({ dryRun, counts }: NonNullable<RunView['prune']>): [string, string][] {
  return [
    ...optional('dry run', dryRun ? 'yes, nothing is deleted' : null),
    ...Object.entries(counts ?? {}).map(([name, count]): [string, string] => [name, formatCount(count)]),
  ];
}

function optional(name: string, value: string | null): [string, string][] {
  return value === null ? [] : [[name, value]];
}
