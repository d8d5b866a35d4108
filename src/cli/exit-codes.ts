import { type RunStatus } from '../contracts/runs';

/** What the process tells its caller when it ends. Published in `--help` and docs/cli.md; scripts depend on them. */
export const exitCodes = {
  succeeded: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  cancelled: 4,
  refused: 5,
  unreachable: 6,
  different: 7,
  /** 128 and the number of SIGINT, as a shell would report it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of a command that followed a run to its end. A run that has not ended counts as failed: nobody saw it succeed. */
export function exitCodeOf(status: RunStatus): ExitCode {
  switch (status) {
    case 'succeeded':
      return exitCodes.succeeded;
    case 'partial':
      return exitCodes.partial;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'failed':
    case 'pending':
    case 'waiting':
    case 'running':
      return exitCodes.failed;
  }
}

/** The table of exit codes as `--help` shows it. */
export const exitCodesHelp = `Exit codes:
  0    done; a run that was watched has succeeded
  1    the run that was watched has failed
  2    wrong usage, or no API is configured
  3    the run is partial: a snapshot was stored, and some objects failed
  4    the run was cancelled
  5    the API refused the request (its code is printed), or signing in failed
  6    the API cannot be reached, or answered with a server error
  7    diff found differences
  130  interrupted by Ctrl-C; a run that was watched goes on`;
