import { type AlertOperations } from '../operations/show-alerts';
import { askerOf } from './asker';
import { type RouteHandler } from './http-answer';
import { given } from './queries-http';

/** `GET /api/alerts`: newest first. */
export function listAlerts(alerts: AlertOperations): RouteHandler<'listAlerts'> {
  return async ({ query: { limit, continuation, ...filter } }) => {
    return { status: 200, body: await alerts.list(given(filter), limit, continuation) };
  };
}

/** `GET /api/alerts/{id}`. */
export function getAlert(alerts: AlertOperations): RouteHandler<'getAlert'> {
  return async ({ params }) => ({ status: 200, body: await alerts.get(params.id) });
}

/** `POST /api/alerts/{id}/resolve`: 200 with the alert. */
export function resolveAlert(alerts: AlertOperations): RouteHandler<'resolveAlert'> {
  return async (call) => {
    return { status: 200, body: await alerts.resolve(askerOf(call), call.params.id, call.body.reason) };
  };
}

/** `POST /api/alerts/test`: 202 with the alert, whose message is on its way. */
export function testAlerts(alerts: AlertOperations): RouteHandler<'testAlerts'> {
  return async (call) => ({ status: 202, body: await alerts.test(askerOf(call)) });
}

/** `GET /api/audit`: newest first. */
export function listAudit(alerts: AlertOperations): RouteHandler<'listAudit'> {
  return async ({ query: { limit, continuation, ...filter } }) => {
    return { status: 200, body: await alerts.audit(given(filter), limit, continuation) };
  };
}
