import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { type Narrator } from '../narrator';
import { Person } from '../person';
import { type Scene, SHOP_VAULT } from '../scene';
import { type ShopObjects, shopObjects } from '../shop-objects';

const SHOPKEEPER = 'd0000000-0000-4000-8000-000000000004';

/** Makes the shop's vault, in which the app may read values too, and fills it with secrets, a key and certificates of every form; what was put in. */
export async function fillShop({ ground }: Scene, narrator: Narrator): Promise<ShopObjects> {
  const { vaultService } = ground;
  const objects = await shopObjects(Math.floor(Date.now() / 1000));
  const { secrets, keys, certificates, imported } = objects;
  await vaultService.put(`/vaults/${SHOP_VAULT}`, {
    subscriptionId: SUBSCRIPTION_ID,
    geography: GEOGRAPHY,
    purgeProtection: true,
  });
  // What portable payloads cost: the right to read values.
  const actions = [...SOURCE_ACTIONS, 'secrets/getSecret/action'];
  await vaultService.put('/roles', { principal: APP_PRINCIPAL.oid, vault: SHOP_VAULT, actions });
  await vaultService.post(`/vaults/${SHOP_VAULT}/seed`, { secrets, keys, certificates });
  const shopkeeper = await Person.with(ground, SHOPKEEPER, { [SHOP_VAULT]: ['certificates/import/action'] });
  await shopkeeper.certificates(SHOP_VAULT).importCertificate(imported.name, Buffer.from(imported.pem), {
    policy: { contentType: 'application/x-pem-file', issuerName: 'Unknown' },
  });
  narrator.shown(
    `${secrets.length} secrets, ${keys.length} key and ${certificates.length + 1} certificates in ${SHOP_VAULT}: ` +
      'RSA and EC, PKCS #12 and PEM, one with a chain, one whose key cannot be exported',
  );
  return objects;
}
