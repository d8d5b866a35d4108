import { type HttpHandler } from '@azure/functions';
import { listObjectsSchema, listRunsSchema, listSnapshotsSchema } from '../contracts/api';
import { type Views } from '../operations/show-runs';
import { answering, readQuery } from './http-answer';

/** Leaves out what is undefined. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** `GET /api/runs`: newest first. */
export function listRuns(views: Views): HttpHandler {
  return answering(async ({ request }) => {
    const { limit, continuation, ...filter } = readQuery(request, listRunsSchema);
    return { status: 200, body: await views.runs(given(filter), limit, continuation) };
  });
}

/** `GET /api/runs/{id}`. */
export function getRun(views: Views): HttpHandler {
  return answering(async ({ request }) => ({ status: 200, body: await views.run(request.params['id'] ?? '') }));
}

/** `GET /api/runs/{id}/objects`: in the inventory's order. */
export function listObjects(views: Views): HttpHandler {
  return answering(async ({ request }) => {
    const { limit, continuation, ...filter } = readQuery(request, listObjectsSchema);
    return { status: 200, body: await views.objects(request.params['id'] ?? '', given(filter), limit, continuation) };
  });
}

/** `GET /api/snapshots`: newest first. */
export function listSnapshots(views: Views): HttpHandler {
  return answering(async ({ request }) => {
    const { limit, continuation, ...filter } = readQuery(request, listSnapshotsSchema);
    return { status: 200, body: await views.snapshots(given(filter), limit, continuation) };
  });
}

/** `GET /api/snapshots/{id}`. */
export function getSnapshot(views: Views): HttpHandler {
  return answering(async ({ request }) => ({ status: 200, body: await views.snapshot(request.params['id'] ?? '') }));
}

/** `GET /api/health`: anonymous, and tells nothing but that the app answers. */
export function health(): HttpHandler {
  return answering(() => Promise.resolve({ status: 200, body: { status: 'up' } }));
}
