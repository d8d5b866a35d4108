import { type StartedPrune } from '../contracts/api';
import { type Asker } from '../operations/audited';
import { type Views } from '../operations/show-runs';
import { askerOf } from './asker';
import { RoleMissing } from './http-access';
import { type RouteHandler } from './http-answer';
import { given } from './queries-http';

/** Starts a prune at somebody's wish. */
export type StartPrune = (asker: Asker, request: { dryRun: boolean }) => Promise<StartedPrune>;

/** `POST /api/prune`: 202 with the run in `Location`. An operator may try it out; to delete takes an administrator. */
export function startPrune(start: StartPrune): RouteHandler<'startPrune'> {
  return async (call) => {
    const { request, caller, body, correlationId, log } = call;
    if (!body.dryRun && !caller.roles.includes('Strongroom.Admin')) throw new RoleMissing(['Strongroom.Admin'], caller);
    const { runId, dryRun } = await start(askerOf(call), body);
    log('info', 'prune_started', { runId, dryRun, correlationId });
    const started: StartedPrune = { runId, dryRun };
    return { status: 202, body: started, headers: { location: new URL(`/api/runs/${runId}`, request.url).href } };
  };
}

/** `GET /api/runs/{id}/decisions`: what a prune run decided, by vault, tier and sequence. */
export function listDecisions(views: Views): RouteHandler<'listDecisions'> {
  return async ({ params, query: { limit, continuation, ...filter } }) => {
    return { status: 200, body: await views.decisions(params.id, given(filter), limit, continuation) };
  };
}
