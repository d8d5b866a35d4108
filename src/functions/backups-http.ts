import { type RunView, type StartedBackup } from '../contracts/api';
import { type RunRecord } from '../contracts/runs';
import { type Asker } from '../operations/audited';
import { type BackupRequest } from '../operations/start-backup';
import { askerOf } from './asker';
import { type RouteHandler } from './http-answer';

/** What these routes need; `main.ts` passes it in. */
export interface BackupOperations {
  start(asker: Asker, request: BackupRequest): Promise<StartedBackup>;
  cancel(asker: Asker, id: string): Promise<RunRecord>;
  show(id: string): Promise<RunView>;
}

/** `POST /api/backups`: 202 with the estate's run in `Location`, and the run of each vault in the body. */
export function startBackup(operations: BackupOperations): RouteHandler<'startBackup'> {
  return async (call) => {
    const { body, request, correlationId, log } = call;
    const { runId, tier, runs } = await operations.start(askerOf(call), body);
    log('info', 'backup_started', { runId, tier, vaults: runs.length, correlationId });
    const started: StartedBackup = { runId, tier, runs };
    return { status: 202, body: started, headers: { location: new URL(`/api/runs/${runId}`, request.url).href } };
  };
}

/** `POST /api/runs/{id}/cancel`: 202 with the run, which ends before its next batch. */
export function cancelRun(operations: BackupOperations): RouteHandler<'cancelRun'> {
  return async (call) => {
    const { params, correlationId, log } = call;
    const { id } = await operations.cancel(askerOf(call), params.id);
    log('warn', 'cancel_requested', { runId: id, correlationId });
    return { status: 202, body: await operations.show(id) };
  };
}
