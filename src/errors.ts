/**
 * Every failure of Strongroom has one of these codes. They are published (docs/runbook.md tells cause and remedy of each) and
 * never renamed, because alerts, scripts and old run records refer to them.
 */
export type ErrorCode =
  // the source vault
  | 'source_not_found'
  | 'vault_unreachable'
  | 'vault_throttled'
  | 'vault_unavailable'
  | 'vault_unauthorized'
  | 'vault_forbidden'
  | 'vault_refused'
  | 'too_many_versions'
  // recipients and signing key
  | 'recipient_unusable'
  | 'recipient_not_approved'
  | 'no_usable_recipient'
  | 'signing_key_unusable'
  | 'signing_refused'
  // the archive
  | 'archive_unreachable'
  | 'archive_unavailable'
  | 'archive_forbidden'
  | 'archive_refused'
  | 'archive_container_missing'
  | 'archive_blob_missing'
  | 'archive_conflict'
  | 'archive_readback_mismatch'
  | 'manifest_damaged'
  | 'unknown_format'
  | 'chain_unreadable'
  // the ledger
  | 'ledger_unreachable'
  | 'ledger_unavailable'
  | 'ledger_forbidden'
  | 'ledger_refused'
  | 'ledger_table_missing'
  | 'ledger_conflict'
  // requests
  | 'invalid_request'
  | 'invalid_settings'
  | 'unknown_vault'
  | 'run_not_found'
  | 'snapshot_not_found'
  | 'run_in_progress'
  | 'run_ended'
  | 'run_abandoned'
  | 'cancelled'
  | 'host_unavailable'
  | 'internal_error';

/** Facts that may be logged: identifiers, numbers and statuses. Never a value, a token, a URL with a query, or foreign free text. */
export type SafeDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error class of the app. Adapters translate SDK errors into it and nothing else does. `message` is a fixed text of
 * ours that says what to do; what a service answered stays in `cause`, which is never logged whole.
 */
export class StrongroomError extends Error {
  override readonly name = 'StrongroomError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: { retryable?: boolean; cause?: unknown; details?: SafeDetails } = {},
  ) {
    super(message, { cause: options.cause });
  }

  /** Whether the same call may succeed later without anybody doing anything. */
  get retryable(): boolean {
    return this.options.retryable ?? false;
  }

  get details(): SafeDetails {
    return this.options.details ?? {};
  }
}
