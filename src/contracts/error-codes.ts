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
  | 'values_forbidden'
  | 'not_exportable'
  // recipients and signing key
  | 'recipient_unusable'
  | 'recipient_not_approved'
  | 'recipient_not_found'
  | 'approved_by_settings'
  | 'no_usable_recipient'
  | 'signing_key_unusable'
  | 'signing_refused'
  | 'signing_key_not_introduced'
  // the archive
  | 'archive_unreachable'
  | 'archive_unavailable'
  | 'archive_forbidden'
  | 'archive_refused'
  | 'archive_container_missing'
  | 'archive_blob_missing'
  | 'archive_blob_retained'
  | 'archive_conflict'
  | 'archive_readback_mismatch'
  | 'manifest_damaged'
  | 'record_damaged'
  | 'unknown_format'
  // the ledger
  | 'ledger_unreachable'
  | 'ledger_unavailable'
  | 'ledger_forbidden'
  | 'ledger_refused'
  | 'ledger_table_missing'
  | 'ledger_conflict'
  // callers
  | 'unauthenticated'
  | 'role_missing'
  | 'identity_unavailable'
  // telling people
  | 'webhook_refused'
  | 'webhook_unreachable'
  | 'webhook_timeout'
  // requests
  | 'invalid_request'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'audit_unavailable'
  | 'invalid_settings'
  | 'unknown_vault'
  | 'run_not_found'
  | 'snapshot_not_found'
  | 'alert_not_found'
  | 'run_in_progress'
  | 'run_ended'
  | 'run_abandoned'
  | 'cancelled'
  | 'host_unavailable'
  | 'internal_error';
