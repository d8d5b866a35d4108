import { type AlertView, type Notice } from '../contracts/alerts';
import { type AuditView } from '../contracts/audit';
import { type PrintStyle } from './print-run';
import { formatCount, renderFacts, renderTable } from './print-table';
import { formatTime } from './print-time';

/** Said wherever alerts are shown while no webhook is set. */
export const NOBODY_IS_TOLD = 'Nobody is told of alerts (no_channel): set ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET.';

/** A line per alert. */
export function renderAlerts(alerts: readonly AlertView[], { paint, now }: PrintStyle): string[] {
  const rows = alerts.map((alert) => [
    alert.id,
    alert.kind,
    paint.outcome(alert.severity === 'info', alert.severity),
    alert.subject,
    alert.code ?? '-',
    formatCount(alert.count),
    formatTime(alert.lastSeen, now),
    alert.resolvedAt === null ? paint.outcome(false, 'open') : formatTime(alert.resolvedAt, now),
    alert.notices.at(-1)?.delivery.state ?? '-',
  ]);
  const titles = ['ALERT', 'KIND', 'SEVERITY', 'ABOUT', 'CODE', 'COUNT', 'LAST SEEN', 'RESOLVED', 'TOLD'];
  return renderTable(
    titles.map((title) => (title === 'COUNT' ? { title, align: 'right' } : { title })),
    rows,
  );
}

/** Everything about one alert. */
export function renderAlert(alert: AlertView, { paint, now }: PrintStyle): string[] {
  const { resolvedAt, resolvedBy } = alert;
  return [
    paint.bold(`Alert ${alert.id}`),
    ...renderFacts([
      ['kind', alert.kind],
      ['severity', paint.outcome(alert.severity === 'info', alert.severity)],
      ['about', alert.subject],
      ['code', alert.code ?? '-'],
      ['run', alert.runId ?? '-'],
      ['first seen', formatTime(alert.firstSeen, now)],
      ['last seen', formatTime(alert.lastSeen, now)],
      ['count', formatCount(alert.count)],
      ['resolved', resolvedAt === null ? '- (open)' : `${formatTime(resolvedAt, now)} by ${resolvedBy ?? '-'}`],
      ...alert.notices.map((notice): [string, string] => [`message ${notice.number}`, renderNotice(notice, now)]),
      ['correlation id', alert.correlationId],
    ]),
  ];
}

function renderNotice({ type, at, delivery }: Notice, now: Date): string {
  const { state, attempts, lastStatus, lastCode } = delivery;
  const tries = attempts === 1 ? '1 try' : `${attempts} tries`;
  const last = [lastCode, lastStatus === null ? null : `HTTP ${lastStatus}`].filter((part) => part !== null).join(', ');
  return `${type} ${formatTime(at, now)}: ${state}, ${tries}${last === '' ? '' : ` (${last})`}`;
}

/** A line per entry of the audit trail. */
export function renderAudit(entries: readonly AuditView[], { paint, now }: PrintStyle): string[] {
  const rows = entries.map(({ at, action, outcome, code, subject, actor, reason }) => [
    formatTime(at, now),
    action,
    paint.outcome(outcome === 'done' || outcome === 'begun', code === null ? outcome : `${outcome} (${code})`),
    subject,
    actor,
    reason ?? '-',
  ]);
  return renderTable(
    ['TIME', 'ACTION', 'OUTCOME', 'SUBJECT', 'ACTOR', 'REASON'].map((title) => ({ title })),
    rows,
  );
}
