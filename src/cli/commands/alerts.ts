import { setTimeout as sleep } from 'node:timers/promises';
import { type AlertKind, type AlertView, type Channel, type Severity } from '../../contracts/alerts';
import { interrupted } from '../api-client';
import { exitCodes, type ExitCode } from '../exit-codes';
import { readPages } from '../pages';
import { NOBODY_IS_TOLD, renderAlert, renderAlerts, renderAudit } from '../print-alert';
import { printJson, printLines, type Session } from '../session';
import { printListing, wanted } from './listing';

const POLL_MS = 500;
/** How long `alerts test --wait` looks: the first tries of a message are over by then. */
const WAIT_MS = 60_000;

export interface ListAlertsOptions {
  open?: boolean;
  kind?: AlertKind;
  severity?: Severity;
  vault?: string;
  limit?: number;
  all?: boolean;
}

/** `alerts list`: newest first; says so if nobody is told. */
export async function listAlerts(session: Session, options: ListAlertsOptions): Promise<ExitCode> {
  const { kind, severity, vault } = options;
  const open = options.open === true ? 'true' : undefined;
  const channels = new Set<Channel>();
  const page = await readPages(wanted(options), async (limit, continuation) => {
    const answer = await session.api.alerts({ open, kind, severity, vault, limit, continuation });
    channels.add(answer.channel);
    return { items: answer.alerts, continuation: answer.continuation };
  });
  if (session.json)
    printJson(session, { alerts: page.items, continuation: page.continuation, channel: [...channels].at(-1) });
  else {
    printListing(session, page, 'alert', renderAlerts(page.items, styleOf(session)));
    if (channels.has('none')) printLines(session, ['', session.paint.outcome(false, NOBODY_IS_TOLD)]);
  }
  return exitCodes.succeeded;
}

/** `alerts show ID` */
export async function showAlert(session: Session, id: string): Promise<ExitCode> {
  printAlert(session, await session.api.alert(id));
  return exitCodes.succeeded;
}

/** `alerts resolve ID`: may be asked twice. */
export async function resolveAlert(session: Session, id: string, options: { reason?: string }): Promise<ExitCode> {
  printAlert(session, await session.api.resolveAlert(id, options.reason));
  return exitCodes.succeeded;
}

/** `alerts test`: sends a message; with `--wait`, exits by what became of it. Each call sends another one. */
export async function testAlerts(session: Session, options: { wait?: boolean }): Promise<ExitCode> {
  const started = await session.api.testAlerts();
  const alert = options.wait === true ? await settled(session, started) : started;
  printAlert(session, alert);
  const state = stateOf(alert);
  if (!session.json && state === 'no_channel') printLines(session, [session.paint.outcome(false, NOBODY_IS_TOLD)]);
  if (options.wait === true) return state === 'delivered' ? exitCodes.succeeded : exitCodes.failed;
  return exitCodes.succeeded;
}

export interface ListAuditOptions {
  action?: string;
  actor?: string;
  subject?: string;
  from?: string;
  until?: string;
  limit?: number;
  all?: boolean;
}

/** `audit list`: newest first. */
export async function listAudit(session: Session, options: ListAuditOptions): Promise<ExitCode> {
  const { action, actor, subject, from, until } = options;
  const page = await readPages(wanted(options), async (limit, continuation) => {
    const answer = await session.api.audit({ action, actor, subject, from, until, limit, continuation });
    return { items: answer.entries, continuation: answer.continuation };
  });
  if (session.json) printJson(session, { entries: page.items, continuation: page.continuation });
  else printListing(session, page, 'change', renderAudit(page.items, styleOf(session)));
  return exitCodes.succeeded;
}

/** The alert once its message was delivered or is done for; as it is when the time is up. */
async function settled(session: Session, started: AlertView): Promise<AlertView> {
  const { signal } = session.interruption;
  const release = session.surroundings.onInterrupt(() => {
    session.interruption.abort();
  });
  try {
    let alert = started;
    for (let waited = 0; stateOf(alert) === 'pending' && waited < WAIT_MS; waited += POLL_MS) {
      await sleep(POLL_MS, undefined, { signal });
      alert = await session.api.alert(started.id);
    }
    return alert;
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw error;
  } finally {
    release();
  }
}

function stateOf({ notices }: AlertView): string | undefined {
  return notices.at(-1)?.delivery.state;
}

function printAlert(session: Session, alert: AlertView): void {
  if (session.json) printJson(session, alert);
  else printLines(session, renderAlert(alert, styleOf(session)));
}

function styleOf(session: Session): { paint: Session['paint']; now: Date } {
  return { paint: session.paint, now: session.surroundings.now() };
}
