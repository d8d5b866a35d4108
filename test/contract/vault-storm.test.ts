import { createKeyVaultReader } from '../../src/vault/key-vault-reader';
import { collect, LocalVaults } from '../local/vault-service/local-vaults';
import { clientsOf } from './local-vault-clients';

const vaultUrl = 'https://contoso.vault.azure.net';

/** What a vault may do to its callers, all at once; the shares add up. */
const TROUBLES = [
  { kind: 'throttle', share: 0.3 },
  { kind: 'torn', share: 0.03 },
  { kind: '503', share: 0.03 },
] as const;

describe('a vault in trouble', () => {
  it('is read to the end: every object once, with its version and its backup', async () => {
    const vaults = await LocalVaults.start();
    try {
      await vaults.vault('contoso', { limits: { enabled: false } });
      await vaults.seed('contoso', { generate: { secrets: 250, keys: 50 } });
      for (const trouble of TROUBLES) await vaults.control('POST', 'faults', { vault: 'contoso', ...trouble });
      const reader = createKeyVaultReader(clientsOf(vaults));
      const listed = [
        ...(await collect(reader.listObjects(vaultUrl, 'secret'))),
        ...(await collect(reader.listObjects(vaultUrl, 'key'))),
      ];
      expect(new Set(listed.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(300);
      expect(listed).toHaveLength(300);
      const read = await Promise.all(
        listed.map(async ({ kind, name }) => {
          const versions = await reader.listVersions(vaultUrl, kind, name);
          return versions.length === 1 && (await reader.backUp(vaultUrl, kind, name)).length > 0;
        }),
      );
      expect(read.every(Boolean)).toBe(true);
      const { faults } = (await vaults.control('GET', 'faults')) as { faults: { hits: number }[] };
      for (const { hits } of faults) expect(hits).toBeGreaterThan(0);
    } finally {
      await vaults.stop();
    }
  });
});
