import { createKeyVaultKeys } from '../../src/vault/key-vault-keys';
import { ecKey, GeneratedVaultKeys, rsaKey } from '../fakes/generated-vault-keys';
import { LocalVaults } from '../local/vault-service/local-vaults';
import { clientsOf } from './local-vault-clients';
import { vaultKeysContract } from './vault-keys.contract';

const keyId = (name: string): string => `https://contoso.vault.azure.net/keys/${name}`;

vaultKeysContract('the keys in memory', () => {
  const keys = new GeneratedVaultKeys();
  return Promise.resolve({
    keys,
    putKey: (name, type) => {
      keys.add(keyId(name), { privateKey: type === 'EC' ? ecKey() : rsaKey() });
      return Promise.resolve(keyId(name));
    },
    missingKeyId: keyId('missing'),
    stop: () => Promise.resolve(),
  });
});

vaultKeysContract('the local vault service over the SDKs', async () => {
  const vaults = await LocalVaults.start();
  await vaults.vault('contoso');
  return {
    keys: createKeyVaultKeys(clientsOf(vaults)),
    putKey: async (name, type) => {
      const version = type === 'EC' ? { kty: 'EC', crv: 'P-256' } : { kty: 'RSA', size: 2048 };
      await vaults.seed('contoso', { keys: [{ name, versions: [version] }] });
      return keyId(name);
    },
    missingKeyId: keyId('missing'),
    stop: () => vaults.stop(),
  };
});
