import { type InvocationContext } from '@azure/functions';
import { type SafeDetails, StrongroomError } from '../errors';
import { type Log } from '../log';

/** A log that writes one JSON line per event into the function's own log, where Application Insights finds it. */
export function contextLog(context: Pick<InvocationContext, 'info' | 'warn' | 'error' | 'invocationId'>): Log {
  return (level, event, fields) => {
    context[level](JSON.stringify({ event, ...fields, invocationId: context.invocationId }));
  };
}

/**
 * What may be logged of anything thrown. Of our own errors: code, message and safe details. Of all others: the class and the places in
 * the code, not the text, which is foreign and may quote what must stay secret.
 */
export function loggableError(error: unknown): SafeDetails {
  if (error instanceof StrongroomError) {
    const cause = error.cause instanceof Error ? error.cause.name : '';
    return { ...error.details, code: error.code, message: error.message, cause };
  }
  if (!(error instanceof Error)) return { code: 'internal_error', error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { code: 'internal_error', error: error.name, stack: frames.slice(0, 12).join('\n') };
}
