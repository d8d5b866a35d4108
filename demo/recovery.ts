import { APP_PRINCIPAL, GEOGRAPHY, KEY_VAULT, SUBSCRIPTION_ID } from '../local/stack/estate';
import { type Opener } from '../test/independent/openers';
import { Person } from './person';
import { type Scene, SHOP_VAULT, SOURCE_VAULT, TARGET_VAULT } from './scene';

const RECOVERER = 'd0000000-0000-4000-8000-000000000003';

// What the duties verify and recover have in Azure (docs/architecture.md), and no more.
const RIGHTS = {
  [KEY_VAULT]: ['keys/unwrap/action'],
  [SOURCE_VAULT]: [
    'secrets/getSecret/action',
    'secrets/readMetadata/action',
    'keys/read',
    'keys/sign/action',
    'keys/verify/action',
  ],
  [SHOP_VAULT]: ['certificates/read'],
  [TARGET_VAULT]: [
    'secrets/restore/action',
    'secrets/getSecret/action',
    'secrets/readMetadata/action',
    'secrets/update/action',
    'certificates/restore/action',
    'certificates/read',
    'keys/restore/action',
    'keys/read',
    'keys/sign/action',
    'keys/verify/action',
  ],
};

/** Who opens and restores, and who must not be able to. */
export interface Recovery {
  readonly person: Person;
  /** The app's own identity, with no other rights than it has. */
  readonly app: Person;
}

/** Makes an empty vault in the subscription and geography of the source, and somebody who may recover into it. */
export async function prepareRecovery({ ground }: Scene): Promise<Recovery> {
  await ground.vaultService.put(`/vaults/${TARGET_VAULT}`, { subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY });
  return {
    person: await Person.with(ground, RECOVERER, RIGHTS),
    app: await Person.with(ground, APP_PRINCIPAL.oid, {}),
  };
}

/** Opens data keys by the key-encryption key, which never leaves its vault; `unwrapped` is told of each. */
export function openerOf(person: Person, unwrapped: (keyId: string, encryptedKey: Uint8Array) => void): Opener {
  return {
    kind: 'unwrap',
    unwrap: async (_thumbprint, encryptedKey, keyId) => {
      const { result } = await person.cryptography(keyId).unwrapKey('RSA-OAEP-256', encryptedKey);
      unwrapped(keyId, encryptedKey);
      return result;
    },
  };
}
