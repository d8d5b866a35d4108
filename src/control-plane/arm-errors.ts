import { isRestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { StrongroomError } from '../errors';

const MESSAGES = {
  control_plane_unauthorized:
    'Azure Resource Manager does not accept this identity. Check the identity of the app and the tenant of the vault.',
  control_plane_forbidden: 'Azure Resource Manager forbids this call to this identity.',
  control_plane_not_found: 'Azure Resource Manager knows no such resource, or this identity sees nothing of it.',
  control_plane_throttled: 'Azure Resource Manager has too many calls.',
  control_plane_unavailable: 'Azure Resource Manager is not available at the moment.',
  control_plane_unreachable:
    'Azure Resource Manager could not be reached, or broke off in the middle of an answer. Check DNS and network.',
  control_plane_refused: 'Azure Resource Manager refused the call, or gave an answer that makes no sense.',
} as const;

type ControlPlaneCode = keyof typeof MESSAGES;

const RETRYABLE: readonly ControlPlaneCode[] = [
  'control_plane_throttled',
  'control_plane_unavailable',
  'control_plane_unreachable',
];

/** Credential classes of `@azure/identity`; by name, because several copies of the package may be loaded. */
const CREDENTIAL_ERRORS = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

const answerSchema = z.object({ error: z.object({ code: z.string().optional() }) });

/** An error of ours. `details` hold statuses and codes only. */
export function controlPlaneError(
  code: ControlPlaneCode,
  details: Record<string, string | number> = {},
  cause?: unknown,
): StrongroomError {
  return new StrongroomError(code, MESSAGES[code], { retryable: RETRYABLE.includes(code), details, cause });
}

/** The error that an answer other than 200 means. `body` is its JSON, if it has any. */
export function errorOfAnswer(status: number, body: unknown, retryAfter: string | undefined): StrongroomError {
  const reason = safeName(answerSchema.safeParse(body).data?.error.code);
  return controlPlaneError(codeOf(status), {
    status,
    ...(reason !== undefined && { reason }),
    ...(retryAfter !== undefined && /^\d{1,4}$/.test(retryAfter) && { retryAfterSeconds: Number(retryAfter) }),
  });
}

/** Turns whatever a call threw into an error of ours. */
export function translateControlPlaneError(error: unknown): StrongroomError {
  if (error instanceof StrongroomError) return error;
  const name = errorName(error);
  if (CREDENTIAL_ERRORS.has(name)) return controlPlaneError('control_plane_unauthorized', { reason: name }, error);
  if (name === 'AbortError' || name === 'TimeoutError')
    return controlPlaneError('control_plane_unreachable', { reason: 'TIMEOUT' }, error);
  if (isRestError(error)) {
    return controlPlaneError('control_plane_unreachable', { reason: safeName(error.code) ?? 'REST_ERROR' }, error);
  }
  return controlPlaneError('control_plane_refused', { reason: safeName(name) ?? 'UNKNOWN' }, error);
}

function codeOf(status: number): ControlPlaneCode {
  if (status === 401) return 'control_plane_unauthorized';
  if (status === 403) return 'control_plane_forbidden';
  if (status === 404) return 'control_plane_not_found';
  if (status === 429) return 'control_plane_throttled';
  if (status === 408 || status >= 500) return 'control_plane_unavailable';
  return 'control_plane_refused';
}

function errorName(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** A code may be logged, free text may not: only what looks like a code counts as one. */
function safeName(text: string | undefined): string | undefined {
  return text !== undefined && /^\w{1,64}$/.test(text) ? text : undefined;
}
