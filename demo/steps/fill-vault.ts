import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { seededRandom } from '../../local/vault-service/disturbances/seeded-random';
import { expectThat } from '../expectation';
import { count, type Narrator } from '../narrator';
import { ordinaryKeys, ordinarySecrets } from '../ordinary-objects';
import { Person } from '../person';
import { remarkableKeys, remarkableSecrets } from '../remarkable-objects';
import { type Scene, SEED, SOURCE_VAULT } from '../scene';
import { type SeededObjects } from '../seeded-objects';

const SECRETS = 300;
const KEYS = 40;
const AUDITOR = 'd0000000-0000-4000-8000-000000000001';

/** Makes the vault as a deployment would, with the app's rights on it, and fills it; what was put in. */
export async function fillVault({ ground }: Scene, narrator: Narrator): Promise<SeededObjects> {
  const { vaultService } = ground;
  const objects = demoObjects(Math.floor(Date.now() / 1000));
  await vaultService.put(`/vaults/${SOURCE_VAULT}`, {
    subscriptionId: SUBSCRIPTION_ID,
    geography: GEOGRAPHY,
    purgeProtection: true,
  });
  await vaultService.put('/roles', { principal: APP_PRINCIPAL.oid, vault: SOURCE_VAULT, actions: SOURCE_ACTIONS });
  await vaultService.post(`/vaults/${SOURCE_VAULT}/seed`, objects);
  await expectListed(await Person.with(ground, AUDITOR, READ_METADATA), objects);
  tell(objects, narrator);
  return objects;
}

const READ_METADATA = { [SOURCE_VAULT]: ['secrets/readMetadata/action', 'keys/read'] };

/** How many versions these objects have together. */
export function versionsOf({ secrets, keys }: SeededObjects): number {
  return [...secrets, ...keys].reduce((sum, { versions }) => sum + versions.length, 0);
}

function demoObjects(now: number): SeededObjects {
  const random = seededRandom(SEED);
  const secrets = remarkableSecrets(now);
  const keys = remarkableKeys(now);
  return {
    secrets: [...secrets, ...ordinarySecrets(SECRETS - secrets.length, random, now)],
    keys: [...keys, ...ordinaryKeys(KEYS - keys.length, random, now)],
  };
}

/** The vault's own listings, through the real SDK, show every object. */
async function expectListed(auditor: Person, objects: SeededObjects): Promise<void> {
  const listed = new Set<string>();
  for await (const { name } of auditor.secrets(SOURCE_VAULT).listPropertiesOfSecrets()) listed.add(`secret ${name}`);
  for await (const { name } of auditor.keys(SOURCE_VAULT).listPropertiesOfKeys()) listed.add(`key ${name}`);
  const { secrets, keys } = objects;
  const wanted = [...secrets.map(({ name }) => `secret ${name}`), ...keys.map(({ name }) => `key ${name}`)];
  const missing = wanted.filter((name) => !listed.has(name));
  expectThat(
    missing.length === 0 && listed.size === wanted.length,
    `the vault to list ${wanted.length} objects`,
    `it lists ${listed.size}, and ${missing.length} are missing`,
  );
}

function tell(objects: SeededObjects, narrator: Narrator): void {
  const { secrets, keys } = objects;
  const now = Date.now() / 1000;
  const versions = [...secrets, ...keys].flatMap((object): readonly Attributes[] => object.versions);
  const having = (test: (version: Attributes) => boolean): string => count(versions.filter(test).length);
  const rsa = keys.flatMap((key) => key.versions).filter(({ kty }) => kty === 'RSA').length;
  narrator.shown(
    `${count(secrets.length)} secrets and ${count(keys.length)} keys in ${count(versionsOf(objects))} versions`,
  );
  narrator.shown(
    `versions: ${having(({ enabled }) => enabled === false)} disabled, ${having(({ exp = now }) => exp < now)} expired, ` +
      `${having(({ nbf = now }) => nbf > now)} not yet valid, ${having(({ tags }) => tags !== undefined)} tagged, ` +
      `${rsa} RSA keys, the other keys on three curves`,
  );
  narrator.shown(
    'names: 127 characters, a single dash, a single digit, mixed case; values: 25 KB, Unicode, several lines',
  );
}

/** What secrets and keys have in common. */
interface Attributes {
  readonly enabled?: boolean;
  readonly nbf?: number;
  readonly exp?: number;
  readonly tags?: Readonly<Record<string, string>>;
}
