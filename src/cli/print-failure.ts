import { type CliFailure } from './cli-failure';

/** A failure as lines for people: what, then what is known about it, then what to do. */
export function renderFailure({ code, message, facts }: CliFailure): string[] {
  return [
    `strongroom: ${code}: ${message}`,
    ...(facts.errors ?? []).map(({ path, message: text }) => `  ${path === '' ? 'request' : path}: ${text}`),
    ...(facts.runId === undefined ? [] : [`  run in the way: ${facts.runId}`]),
    ...(facts.correlationId === undefined ? [] : [`  correlation id: ${facts.correlationId}`]),
    ...(facts.hints ?? []).map((hint) => `  ${hint}`),
  ];
}

/** A failure as the JSON document that `--json` puts on stdout in place of an answer. */
export function failureDocument({ code, message, facts }: CliFailure): object {
  const { exit, status, correlationId, runId, errors } = facts;
  return { error: { code, detail: message, exitCode: exit, status, correlationId, runId, errors } };
}
