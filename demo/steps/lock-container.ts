import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Closing } from '../closing';
import { expectThat } from '../expectation';
import { type Narrator } from '../narrator';
import { type Scene } from '../scene';
import { StrongroomCli } from '../strongroom-cli';

/** A container of its own, since those of the archive are locked already. */
const CONTAINER = 'strongroom-trial';
const containerSchema = z.object({ policy: z.object({ state: z.string(), retentionDays: z.number() }) });

/** Locks a container's policy for good: not without the container's name, not with another one's, and then with it. */
export async function lockContainer({ stack }: Scene, narrator: Narrator, closing: Closing): Promise<void> {
  const { endpoints } = stack;
  await stack.control.put(`/storage/containers/${CONTAINER}`, { retentionDays: 10 });
  // Where the command line finds Azure Resource Manager's stand-in, as `npm start` would leave it.
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-demo-'));
  closing.add(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, '.strongroom'));
  await writeFile(join(folder, '.strongroom', 'stack.json'), JSON.stringify(endpoints), { mode: 0o600 });
  const cli = new StrongroomCli(endpoints.api, endpoints.token, folder);
  const expectPolicy = async (expected: string): Promise<void> => {
    const { policy } = containerSchema.parse(await stack.control.get(`/storage/containers/${CONTAINER}`));
    const found = `${policy.state}, ${policy.retentionDays} days`;
    expectThat(found === expected, `the policy of ${CONTAINER} to be ${expected}`, `it is ${found}`);
  };

  const account = ['--account-id', endpoints.archiveResourceId, '--container', CONTAINER];
  const lock = ['lock', '--tier', 'daily', '--days', '30', ...account];
  narrator.command(`strongroom lock --tier daily --days 30 --account-id ... --container ${CONTAINER}`);
  narrator.quote((await cli.finish(2, ...lock)).told);
  narrator.command('... --confirm strongroom-daily');
  narrator.quote(lastLine((await cli.finish(2, ...lock, '--confirm', 'strongroom-daily')).told));
  await expectPolicy('Unlocked, 10 days');
  narrator.shown('refused without the name, and with another name: the policy is as it was');
  narrator.command(`... --confirm ${CONTAINER}`);
  narrator.quote((await cli.finish(0, ...lock, '--confirm', CONTAINER)).printed);
  await expectPolicy('Locked, 30 days');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
