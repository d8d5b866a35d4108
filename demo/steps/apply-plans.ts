import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GEOGRAPHY, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { type Closing } from '../closing';
import { type Narrator } from '../narrator';
import { vaultUrl } from '../person';
import { type Scene, SHOP_VAULT, SOURCE_VAULT } from '../scene';
import { EXCLUDED } from '../shop-objects';

const ESTATE = `apiVersion: strongroom/v1
vaults:
  - url: ${vaultUrl(SOURCE_VAULT)}
    subscriptionId: ${SUBSCRIPTION_ID}
    geography: ${GEOGRAPHY}
  - url: ${vaultUrl(SHOP_VAULT)}
    subscriptionId: ${SUBSCRIPTION_ID}
    geography: ${GEOGRAPHY}
    exclude: ['${EXCLUDED}']
    payloads: { secret: [native, portable], certificate: [native, portable] }
`;

/** Says in a file what is to be protected, and how, and applies it; a second time there is nothing left to do. */
export async function applyPlans({ cli }: Scene, narrator: Narrator, closing: Closing): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-demo-'));
  closing.add(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'estate.yaml');
  await writeFile(file, ESTATE);
  narrator.command('cat estate.yaml');
  narrator.quote(ESTATE);
  narrator.command('strongroom apply -f estate.yaml --reason "the demo begins"');
  narrator.quote(await cli.run('apply', '-f', file, '--reason', 'the demo begins'));
  narrator.command('strongroom diff -f estate.yaml');
  // Exit code 7 if anything were different, which ends the demo.
  narrator.quote(await cli.run('diff', '-f', file));
}
