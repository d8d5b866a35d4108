import { type CallerView } from '../contracts/api';
import { type Views } from '../operations/show-runs';
import { type RouteHandler } from './http-answer';

/** Leaves out what is undefined. */
export type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
/** The fields that are there. */
export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** `GET /api/runs`: newest first. */
export function listRuns(views: Views): RouteHandler<'listRuns'> {
  return async ({ query: { limit, continuation, ...filter } }) => {
    return { status: 200, body: await views.runs(given(filter), limit, continuation) };
  };
}

/** `GET /api/runs/{id}`. */
export function getRun(views: Views): RouteHandler<'getRun'> {
  return async ({ params }) => ({ status: 200, body: await views.run(params.id) });
}

/** `GET /api/runs/{id}/objects`: in the inventory's order. */
export function listObjects(views: Views): RouteHandler<'listRunObjects'> {
  return async ({ params, query: { limit, continuation, ...filter } }) => {
    return { status: 200, body: await views.objects(params.id, given(filter), limit, continuation) };
  };
}

/** `GET /api/snapshots`: newest first. */
export function listSnapshots(views: Views): RouteHandler<'listSnapshots'> {
  return async ({ query: { limit, continuation, ...filter } }) => {
    return { status: 200, body: await views.snapshots(given(filter), limit, continuation) };
  };
}

/** `GET /api/snapshots/{id}`. */
export function getSnapshot(views: Views): RouteHandler<'getSnapshot'> {
  return async ({ params }) => ({ status: 200, body: await views.snapshot(params.id) });
}

/** `GET /api/health`: for anybody, and tells nothing but that the app answers. */
export function health(): RouteHandler<'health'> {
  return () => Promise.resolve({ status: 200, body: { status: 'up' } });
}

/** `GET /api/me`: who the caller is to the app. Nothing is looked up; it says what the token says. */
export function showCaller(): RouteHandler<'showCaller'> {
  return ({ caller: { objectId, name, appId, tenantId, roles } }) => {
    const view: CallerView = { objectId, name, appId, tenantId, roles };
    return Promise.resolve({ status: 200, body: view });
  };
}
