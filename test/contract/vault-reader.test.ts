import { randomBytes } from 'node:crypto';
import { type ObjectVersion } from '../../src/contracts/objects';
import { createKeyVaultReader } from '../../src/vault/key-vault-reader';
import { newestFirst } from '../../src/vault/listed-properties';
import { FakeVaultReader } from '../fakes/fake-vault-reader';
import { LocalVaults } from '../local/vault-service/local-vaults';
import { clientsOf } from './local-vault-clients';
import { vaultReaderContract, type WantedSecret } from './vault-reader.contract';

const vaultUrl = 'https://contoso.vault.azure.net';

const valueOf = (name: string, number: number) => `value ${number} of ${name}`;

/** What Key Vault says of a key without a policy of its own. */
const DEFAULT_POLICY = {
  lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } }],
  attributes: {},
};

function toVersion(wanted: WantedSecret['versions'][number]): ObjectVersion {
  const { created, nbf, exp, ...rest } = wanted;
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    version: randomBytes(16).toString('hex'),
    enabled: true,
    created: iso(created),
    ...(nbf !== undefined && { notBefore: iso(nbf) }),
    ...(exp !== undefined && { expires: iso(exp) }),
    ...rest,
  };
}

vaultReaderContract('the vaults in memory', () => {
  const reader = new FakeVaultReader();
  reader.put(vaultUrl);
  return Promise.resolve({
    reader,
    vaultUrl,
    putSecrets: (secrets) => {
      for (const { name, managed = false, versions } of secrets) {
        const made = versions.map(toVersion);
        const values = Object.fromEntries(made.map((one, number) => [one.version, { value: valueOf(name, number) }]));
        reader.put(vaultUrl, { kind: 'secret', name, managed, versions: made.sort(newestFirst), values });
      }
      return Promise.resolve();
    },
    putKeys: (names) => {
      reader.put(vaultUrl, ...names.map((name) => ({ kind: 'key' as const, name, rotationPolicy: DEFAULT_POLICY })));
      return Promise.resolve();
    },
    valueOf,
    deleteSecret: (name) => {
      reader.delete(vaultUrl, 'secret', name);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  });
});

vaultReaderContract('the local vault service over the SDKs', async () => {
  const vaults = await LocalVaults.start();
  await vaults.vault('contoso', { limits: { enabled: false } });
  return {
    reader: createKeyVaultReader(clientsOf(vaults)),
    vaultUrl,
    putSecrets: async (secrets) => {
      const seeded = secrets.map(({ versions, ...rest }) => ({
        ...rest,
        versions: versions.map((version, number) => ({ ...version, value: valueOf(rest.name, number) })),
      }));
      await vaults.seed('contoso', { secrets: seeded });
    },
    putKeys: async (names) => {
      const keys = names.map((name) => ({ name, versions: [{ kty: 'EC', crv: 'P-256' }] }));
      await vaults.seed('contoso', { keys });
    },
    valueOf,
    deleteSecret: async (name) => {
      const poller = await vaults.secrets('contoso').beginDeleteSecret(name);
      await poller.pollUntilDone();
    },
    stop: () => vaults.stop(),
  };
});
