import { type ArchiveOperations } from '../operations/audit-archive';
import { askerOf } from './asker';
import { type RouteHandler } from './http-answer';

/** `GET /api/archive`: what the settings want of the containers, and how they were found. */
export function showArchive(archive: ArchiveOperations): RouteHandler<'showArchive'> {
  return async () => ({ status: 200, body: await archive.show() });
}

/** `POST /api/archive/audit`: looks now; 200 with what was found. */
export function auditArchive(archive: ArchiveOperations): RouteHandler<'auditArchive'> {
  return async (call) => ({ status: 200, body: await archive.audit(askerOf(call)) });
}
