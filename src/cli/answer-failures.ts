import { isProblem, type PartialProblem } from './answers';
import { isLoopback, type ApiLocation } from './api-location';
import { CliFailure } from './cli-failure';
import { exitCodes } from './exit-codes';
import { systemCode } from './system-code';

/** An answer as it came: body as text, and the two headers that matter. */
export interface RawAnswer {
  status: number;
  body: string;
  correlationId: string | undefined;
  /** `Location` of a redirection. */
  redirectedTo: string | undefined;
}

/** The body as JSON; `undefined` if it is none. Control characters in texts become spaces, so that no answer can steer the terminal. */
export function parseBody(answer: RawAnswer): unknown {
  try {
    return JSON.parse(answer.body, (_key, value: unknown) =>
      typeof value === 'string' ? value.replaceAll(/\p{Cc}/gu, ' ') : value,
    );
  } catch {
    return undefined;
  }
}

/** Explains an answer outside of 2xx. Strongroom's own problems keep their code; of foreign bodies nothing is repeated. */
export function explainRefusal(answer: RawAnswer, location: ApiLocation): CliFailure {
  const body = parseBody(answer);
  if (isProblem(body)) return explainProblem(body, answer, location);
  const explained = explainByStatus(answer, location);
  return new CliFailure(explained.code, explained.text, {
    exit: explained.refused === true ? exitCodes.refused : exitCodes.unreachable,
    retryable: explained.retryable ?? false,
    hints: explained.hints ?? [],
    status: answer.status,
    ...(answer.correlationId === undefined ? {} : { correlationId: answer.correlationId }),
  });
}

function explainProblem(problem: PartialProblem, answer: RawAnswer, location: ApiLocation): CliFailure {
  const correlationId = problem.correlationId ?? answer.correlationId;
  return new CliFailure(problem.code, problem.detail, {
    exit: answer.status >= 500 ? exitCodes.unreachable : exitCodes.refused,
    retryable: answer.status >= 500 || answer.status === 429,
    status: answer.status,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(problem.runId === undefined ? {} : { runId: problem.runId }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    hints: hintsOf(problem, location),
  });
}

function hintsOf({ code, runId }: PartialProblem, location: ApiLocation): readonly string[] {
  if (code === 'run_in_progress' && runId !== undefined) return [`look at it with: strongroom runs watch ${runId}`];
  if (code === 'unauthenticated') return hintsOfToken(location);
  if (code === 'role_missing') return ['see which you have with: strongroom whoami'];
  return [];
}

/** What to do about a token that the app does not take. */
function hintsOfToken({ token }: ApiLocation): readonly string[] {
  if (token === undefined)
    return [
      "STRONGROOM_SCOPE must name the app's own registration; sign in to its tenant (STRONGROOM_TENANT, `az login --tenant`)",
    ];
  if (token.source.endsWith('stack.json'))
    return [`the token is from ${token.source}; start the stack again with \`npm start\`, which rewrites the file`];
  return [`the token in ${token.source} has expired or is not for this app: set a new one, or unset it to sign in`];
}

interface Explanation {
  code: string;
  text: string;
  hints?: readonly string[];
  retryable?: boolean;
  /** Whether somebody said no, in contrast to nobody who could be asked. */
  refused?: boolean;
}

function explainByStatus(answer: RawAnswer, location: ApiLocation): Explanation {
  const { status } = answer;
  if (status >= 300 && status < 400) return explainRedirection(answer, location);
  if (status === 401)
    return {
      code: 'unauthorized',
      refused: true,
      text: 'the token is not taken (HTTP 401)',
      hints: hintsOfToken(location),
    };
  if (status === 403) {
    return {
      code: 'forbidden',
      refused: true,
      text: `${location.base} does not let this request in (HTTP 403)`,
      hints: ['either the app is stopped, or its network rules or authentication keep this machine out'],
    };
  }
  if (status === 404) {
    return {
      code: 'api_not_found',
      retryable: true,
      text: `there is no Strongroom API at ${location.base} (HTTP 404)`,
      hints: ['either the app is still starting, or this is not its base address (the one before /api)'],
    };
  }
  if (status === 429) {
    return { code: 'api_busy', retryable: true, text: `${location.base} has too many requests to answer (HTTP 429)` };
  }
  if (status >= 500) {
    return {
      code: 'api_unavailable',
      retryable: true,
      text: `${location.base} answers with a server error (HTTP ${status})`,
      hints: ['the Functions host answers so while the app starts, and when the app could not start: see its log'],
    };
  }
  return { code: 'unexpected_answer', refused: true, text: `${location.base} refused the request (HTTP ${status})` };
}

function explainRedirection(answer: RawAnswer, location: ApiLocation): Explanation {
  const target = answer.redirectedTo;
  const origin =
    target !== undefined && URL.canParse(target, location.base) ? new URL(target, location.base).origin : '';
  return {
    code: 'redirected',
    text: `${location.base} redirects elsewhere (HTTP ${answer.status}); the token is not sent there`,
    hints: origin === '' ? [] : [`it points to ${origin}: if that is the app, give this address instead`],
  };
}

/** Explains a 2xx answer whose body is not what the API promises. */
export function explainForeignAnswer(answer: RawAnswer, location: ApiLocation): CliFailure {
  return new CliFailure(
    'unexpected_answer',
    `what answers at ${location.base} is not Strongroom, or a version that this program does not know`,
    {
      exit: exitCodes.unreachable,
      status: answer.status,
      ...(answer.correlationId === undefined ? {} : { correlationId: answer.correlationId }),
    },
  );
}

/** Explains why no answer came. `cause` is whatever `fetch` threw; of its texts only a plain code is repeated. */
export function explainSilence(cause: unknown, location: ApiLocation, timeoutMs: number): CliFailure {
  const { code, text, hint, unsent } = explainCause(cause, location, timeoutMs);
  const hints = hint === '' ? [] : [hint];
  return new CliFailure(code, text, { exit: exitCodes.unreachable, retryable: true, unsent: unsent ?? false, hints });
}

function explainCause(
  cause: unknown,
  { base, source }: ApiLocation,
  timeoutMs: number,
): { code: string; text: string; hint: string; unsent?: boolean } {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return { code: 'api_timeout', text: `${base} has not answered within ${timeoutMs / 1000} seconds`, hint: '' };
  }
  const reason = systemCode(cause);
  const code = 'api_unreachable';
  switch (reason) {
    case 'ECONNREFUSED':
      return { code, unsent: true, text: `nothing listens at ${base} (ECONNREFUSED)`, hint: whatToStart(base, source) };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        code,
        unsent: true,
        text: `the host name of ${base} cannot be resolved (${reason})`,
        hint: `check ${source}`,
      };
    default:
      return { code, text: `the connection to ${base} failed${reason === undefined ? '' : ` (${reason})`}`, hint: '' };
  }
}

function whatToStart(base: string, source: string): string {
  if (source.endsWith('stack.json')) return `${source} names a stack that is not running: start it with \`npm start\``;
  if (isLoopback(new URL(base).hostname)) return 'start the stack with `npm start`, or check the port';
  return 'check the address, and whether the app is running';
}
