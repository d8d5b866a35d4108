import { isRestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { type SafeDetails, StrongroomError } from '../errors';

type Collection =
  'secrets' | 'keys' | 'certificates' | 'keyrotationpolicies' | 'certificatecas' | 'certificatecontacts';

/** A data action without its prefix `Microsoft.KeyVault/vaults/`, such as `secrets/backup/action`. */
export type DataAction = `${Collection}/${string}`;

const innerSchema = z.object({ code: z.string().optional() }).nullish();

/** What an error answer of a vault may hold; everything else in it is ignored. */
const answerSchema = z.object({
  error: z.object({
    code: z.string().optional(),
    innererror: innerSchema,
    innerError: innerSchema, // As the SDKs hand it on.
  }),
});

type VaultAnswerCode = keyof typeof MESSAGES | 'vault_forbidden';

interface Answer {
  status: number;
  code?: string | undefined;
  reason?: string | undefined;
  retryAfterSeconds?: number | undefined;
}

/** Credential classes of `@azure/identity`; by name, because several copies of the package may be loaded. */
const CREDENTIAL_ERRORS = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

const MESSAGES = {
  source_not_found: 'The vault has no such object, or no longer has it.',
  vault_unreachable:
    'The vault could not be reached, or broke off in the middle of an answer. Check its name, DNS and network.',
  vault_throttled:
    'The vault has too many calls. Lower VAULT_BUDGET_SHARE if this goes on, or see who else uses the vault.',
  vault_unavailable: 'The vault is not available at the moment.',
  vault_unauthorized:
    'The vault does not accept this identity. Check the identity of the app and the tenant of the vault.',
  vault_refused: 'The vault refused the call.',
} as const;

/** The error that an answer other than success means. `body` is its JSON, if it has any. */
export function errorOfAnswer(
  status: number,
  body: unknown,
  options: { action?: DataAction | undefined; retryAfter?: string | undefined; cause?: unknown } = {},
): StrongroomError {
  const answer: Answer = { status, ...readBody(body), retryAfterSeconds: wholeSeconds(options.retryAfter) };
  const code = codeOf(answer);
  const message = code === 'vault_forbidden' ? forbidden(answer.reason, options.action) : MESSAGES[code];
  return new StrongroomError(code, message, {
    retryable: code === 'vault_throttled' || code === 'vault_unavailable',
    cause: options.cause,
    details: detailsOf(answer, options.action),
  });
}

/** The error of a listing that is empty because there is no such object. */
export function notFound(action: DataAction): StrongroomError {
  return new StrongroomError('source_not_found', MESSAGES.source_not_found, { details: { action } });
}

/** The error of a call that got no whole answer: retryable. `reason` is a short code such as `ECONNRESET`. */
export function unreachable(reason: string, cause?: unknown): StrongroomError {
  return new StrongroomError('vault_unreachable', MESSAGES.vault_unreachable, {
    retryable: true,
    cause,
    details: safeName(reason) === undefined ? {} : { reason },
  });
}

/**
 * Turns whatever an SDK call threw into a {@link StrongroomError}; one that already is goes through with `action` added. The
 * message is always ours; a parse error's own message quotes the answer, which may be a backup, so it is not kept even as `cause`.
 */
export function translateVaultError(error: unknown, action: DataAction): StrongroomError {
  if (error instanceof StrongroomError) {
    const details = { ...error.details, action };
    return new StrongroomError(error.code, error.message, { ...error.options, details });
  }
  if (isRestError(error)) {
    if (error.code === 'PARSE_ERROR') return translateVaultError(unreachable(error.code), action);
    if (error.statusCode !== undefined) {
      return errorOfAnswer(error.statusCode, error.details, { action, cause: error });
    }
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError') return translateVaultError(unreachable('ABORTED', error), action);
  const details: SafeDetails = { action, ...(safeName(name) !== undefined && { reason: name }) };
  const code = CREDENTIAL_ERRORS.has(name) || isChallengeFault(error) ? 'vault_unauthorized' : 'vault_refused';
  return new StrongroomError(code, MESSAGES[code], { cause: error, details });
}

function codeOf({ status, code = '', reason = '' }: Answer): VaultAnswerCode {
  if (status === 401) return 'vault_unauthorized';
  if (status === 403) return 'vault_forbidden';
  if (status === 429) return 'vault_throttled';
  if (status === 408 || status >= 500) return 'vault_unavailable';
  if (status === 404 && /^(Secret|Key|Certificate|CertificateIssuer|Contacts)NotFound$/.test(code))
    return 'source_not_found';
  // On its way out: whoever reads it a moment later gets 404.
  if (status === 409 && /^ObjectIs(BeingDeleted|DeletedButRecoverable)$/.test(reason)) return 'source_not_found';
  if (status === 409 && reason === 'ObjectIsBeingRecovered') return 'vault_unavailable';
  return 'vault_refused';
}

function forbidden(reason: string | undefined, action: DataAction | undefined): string {
  if (reason === 'ForbiddenByFirewall')
    return 'The firewall of the vault keeps this app out. Allow its network or use a private endpoint.';
  if (action === undefined) return 'The vault forbids this call to this identity.';
  return `The vault forbids this call. The identity of the app needs the data action Microsoft.KeyVault/vaults/${action}.`;
}

function detailsOf(answer: Answer, action: DataAction | undefined): SafeDetails {
  const reason = safeName(answer.reason) ?? safeName(answer.code);
  return {
    status: answer.status,
    ...(reason !== undefined && { reason }),
    ...(action !== undefined && { action }),
    ...(answer.retryAfterSeconds !== undefined && { retryAfterSeconds: answer.retryAfterSeconds }),
  };
}

function readBody(body: unknown): Omit<Answer, 'status'> {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return {};
  const { code, innererror, innerError } = parsed.data.error;
  return { code, reason: innererror?.code ?? innerError?.code };
}

function wholeSeconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,4}$/.test(header) ? Number(header) : undefined;
}

/** A code may be logged, free text may not: only what looks like a code counts as one. */
function safeName(text: string | undefined): string | undefined {
  return text !== undefined && /^\w{1,64}$/.test(text) ? text : undefined;
}

function isChallengeFault(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('The challenge ');
}
