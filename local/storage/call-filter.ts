import { z } from 'zod';
import { type StorageCall } from './storage-call';

/** Which calls a fault or a tripwire is meant for. `*` or nothing stands for all. */
export const callFilterSchema = {
  service: z.enum(['blob', 'queue', 'table']),
  operation: z.string().default('*'),
  container: z.string().optional(),
  table: z.string().optional(),
  queue: z.string().optional(),
  path: z.string().optional(),
};

/** A parsed filter. */
export interface CallFilter {
  service: StorageCall['service'];
  operation: string;
  container?: string | undefined;
  table?: string | undefined;
  queue?: string | undefined;
  path?: string | undefined;
}

/** Whether the call is meant. `path` is a part of the path, or with `*` a pattern for the whole of it. */
export function meets(filter: CallFilter, call: StorageCall): boolean {
  const resource = filter.container ?? filter.table ?? filter.queue;
  if (filter.service !== call.service) return false;
  if (filter.operation !== '*' && filter.operation !== call.operation) return false;
  if (resource !== undefined && resource !== call.resource) return false;
  if (filter.path === undefined) return true;
  return filter.path.includes('*') ? globOf(filter.path).test(call.path) : call.path.includes(filter.path);
}

function globOf(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`, 's');
}
