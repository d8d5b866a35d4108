import { exitCodes, type ExitCode } from './exit-codes';

/** What is known about a failure besides its code and text. Nothing in here may hold a key or the query of an address. */
export interface FailureFacts {
  exit: ExitCode;
  /** Whether the same request may succeed soon without anybody doing anything. */
  retryable?: boolean;
  /** Whether it is certain that the request never reached the API. */
  unsent?: boolean;
  /** HTTP status, if there was an answer. */
  status?: number;
  correlationId?: string;
  /** The run that stands in the way. */
  runId?: string;
  /** What is wrong where in a request. */
  errors?: readonly { path: string; message: string }[];
  /** What the operator may do next, a sentence each. */
  hints?: readonly string[];
}

/** The one error that commands throw. It becomes lines on stderr and an exit code, and with `--json` also a document on stdout. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';

  /** @param code one of the API's codes, or one of the command line's own (docs/cli.md). */
  constructor(
    readonly code: string,
    message: string,
    readonly facts: FailureFacts,
  ) {
    super(message);
  }

  /** The same failure with one more hint at its end. */
  withHint(hint: string): CliFailure {
    return new CliFailure(this.code, this.message, { ...this.facts, hints: [...(this.facts.hints ?? []), hint] });
  }
}

/** Wrong usage that only shows after the options were parsed. */
export function usageFailure(code: string, message: string, hints: readonly string[] = []): CliFailure {
  return new CliFailure(code, message, { exit: exitCodes.usage, hints });
}
