import { type ErrorCode } from './contracts/error-codes';

export type { ErrorCode };

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
