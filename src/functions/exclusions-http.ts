import { type Exclusions } from '../operations/exclusions';
import { type Views } from '../operations/show-runs';
import { askerOf } from './asker';
import { type RouteHandler } from './http-answer';

/** `POST /api/snapshots/{id}/exclude`: 200 with the snapshot, which is kept, listed, and never chosen. */
export function excludeSnapshot(exclusions: Exclusions, views: Views): RouteHandler<'excludeSnapshot'> {
  return async (call) => {
    const { id } = call.params;
    await exclusions.decide(askerOf(call), { id, record: 'exclude', reason: call.body.reason });
    return { status: 200, body: await views.snapshot(id) };
  };
}

/** `POST /api/snapshots/{id}/include`: 200 with the snapshot, which counts as what it is again. */
export function includeSnapshot(exclusions: Exclusions, views: Views): RouteHandler<'includeSnapshot'> {
  return async (call) => {
    const { id } = call.params;
    await exclusions.decide(askerOf(call), { id, record: 'include', reason: call.body.reason });
    return { status: 200, body: await views.snapshot(id) };
  };
}
