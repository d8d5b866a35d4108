import { type EndedStatus } from '../contracts/runs';
import { type LogLevel } from '../log';

/** How loudly the end of a run is logged: a cancelled one was wished for. */
export function levelOf(status: EndedStatus): LogLevel {
  if (status === 'succeeded') return 'info';
  return status === 'cancelled' ? 'warn' : 'error';
}
