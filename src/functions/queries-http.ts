import { type HttpHandler } from '@azure/functions';
import {
  listObjectsSchema,
  listRunsSchema,
  listSnapshotsSchema,
  type ObjectList,
  type RunList,
  type RunView,
  type SnapshotList,
  type SnapshotView,
} from '../contracts/api';
import { type ObjectFilter, type RunFilter } from '../ledger/port';
import { answering, readQuery } from './http-answer';

/** What these routes need; `main.ts` passes it in. */
export interface Queries {
  run(id: string): Promise<RunView>;
  runs(filter: RunFilter, limit: number, continuation?: string): Promise<RunList>;
  objects(runId: string, filter: ObjectFilter, limit: number, continuation?: string): Promise<ObjectList>;
  snapshot(id: string): Promise<SnapshotView>;
  snapshots(filter: Pick<RunFilter, 'vault' | 'tier'>, limit: number, continuation?: string): Promise<SnapshotList>;
}

/** Leaves out what is undefined. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** `GET /api/runs`: newest first. */
export function listRuns(queries: Queries): HttpHandler {
  return answering(async ({ request }) => {
    const { limit, continuation, ...filter } = readQuery(request, listRunsSchema);
    return { status: 200, body: await queries.runs(given(filter), limit, continuation) };
  });
}

/** `GET /api/runs/{id}`. */
export function getRun(queries: Queries): HttpHandler {
  return answering(async ({ request }) => ({ status: 200, body: await queries.run(request.params['id'] ?? '') }));
}

/** `GET /api/runs/{id}/objects`: in the inventory's order. */
export function listObjects(queries: Queries): HttpHandler {
  return answering(async ({ request }) => {
    const { limit, continuation, ...filter } = readQuery(request, listObjectsSchema);
    return { status: 200, body: await queries.objects(request.params['id'] ?? '', given(filter), limit, continuation) };
  });
}

/** `GET /api/snapshots`: newest first. */
export function listSnapshots(queries: Queries): HttpHandler {
  return answering(async ({ request }) => {
    const { limit, continuation, ...filter } = readQuery(request, listSnapshotsSchema);
    return { status: 200, body: await queries.snapshots(given(filter), limit, continuation) };
  });
}

/** `GET /api/snapshots/{id}`. */
export function getSnapshot(queries: Queries): HttpHandler {
  return answering(async ({ request }) => ({ status: 200, body: await queries.snapshot(request.params['id'] ?? '') }));
}

/** `GET /api/health`: anonymous, and tells nothing but that the app answers. */
export function health(): HttpHandler {
  return answering(() => Promise.resolve({ status: 200, body: { status: 'up' } }));
}
