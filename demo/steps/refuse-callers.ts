import { API_AUDIENCE, OPERATOR } from '../../local/stack/estate';
import { z } from 'zod';
import { expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { type Scene, SOURCE_VAULT } from '../scene';
import { StrongroomCli } from '../strongroom-cli';

const READER = 'd0000000-0000-4000-8000-000000000005';
const problemSchema = z.object({ code: z.string() });
const auditSchema = z.object({
  entries: z.array(z.object({ actor: z.string(), subject: z.string(), outcome: z.string() })),
});

/** A token for the API that Entra ID would give, or would have given. */
interface Wish {
  readonly oid?: string;
  readonly aud?: string;
  readonly roles?: readonly string[];
  /** Seconds; below zero: expired. */
  readonly expiresIn?: number;
}

/** Calls the API as nobody, with tokens that do not count, and as somebody without the role; and finds the attempt in the audit trail. */
export async function refuseCallers(scene: Scene, narrator: Narrator): Promise<void> {
  const { endpoints } = scene.stack;
  const reader = await tokenFor(scene, { oid: READER, roles: ['Strongroom.Reader'] });
  const [head, payload, signature] = endpoints.token.split('.');
  const forged = [head, payload, (signature ?? '').split('').reverse().join('')].join('.');
  const callers = [
    ['nobody', undefined, '401 unauthenticated'],
    ['the key of the Functions host', endpoints.functionKey, '401 unauthenticated'],
    ['a token that has expired', await tokenFor(scene, { expiresIn: -3_600 }), '401 unauthenticated'],
    ['a token for something else', await tokenFor(scene, { aud: 'https://vault.azure.net' }), '401 unauthenticated'],
    ['a token with a forged signature', forged, '401 unauthenticated'],
    ['somebody who may only read', reader, '403 role_missing'],
  ] as const;
  const rows: string[][] = [];
  for (const [who, token, due] of callers) {
    const answer = await startBackup(scene, token);
    expectThat(answer === due, `${who} to be refused with ${due}`, `the answer was ${answer}`);
    rows.push(['ok', who, 'start a backup', answer]);
  }
  narrator.table(rows);
  narrator.command(`strongroom backup now --vault ${SOURCE_VAULT}   # as the same reader`);
  const asReader = new StrongroomCli(endpoints.api, reader);
  narrator.quote((await asReader.finish(5, 'backup', 'now', '--vault', SOURCE_VAULT)).told);
  const audit = await scene.cli.ask(auditSchema, 'audit', 'list', '--action', 'access.refused', '--limit', '1');
  const [entry] = audit.entries;
  expectThat(
    entry?.actor === READER && entry.subject === 'startBackup',
    'the audit trail to have the attempt of the reader',
    'it has another entry, or none',
  );
  narrator.shown(`audit trail: ${entry.actor} was ${entry.outcome} ${entry.subject}`);
}

async function tokenFor({ ground }: Scene, wish: Wish): Promise<string> {
  const answer = await ground.vaultService.post('/token', { oid: OPERATOR.oid, aud: API_AUDIENCE, ...wish });
  return (answer as { access_token: string }).access_token;
}

async function startBackup({ stack }: Scene, token: string | undefined): Promise<string> {
  const response = await fetch(`${stack.endpoints.api}/api/backups`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ vaults: [SOURCE_VAULT] }),
  });
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  return `${response.status} ${problem.data?.code ?? ''}`.trim();
}
