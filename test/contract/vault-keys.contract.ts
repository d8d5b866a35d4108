import { constants, createPublicKey, verify } from 'node:crypto';
import { type VaultKeys } from '../../src/vault/port';

/** Keys in a vault that the contract makes, and how to end it. */
export interface OpenedKeys {
  keys: VaultKeys;
  /** Makes a key or a further version of it; gives the versionless id. */
  putKey(name: string, type: 'EC' | 'RSA'): Promise<string>;
  /** A versionless id of no key. */
  missingKeyId: string;
  stop(): Promise<void>;
}

/** What every {@link VaultKeys} promises. Runs against the fake, and over the SDKs against a vault service. */
export function vaultKeysContract(name: string, open: () => Promise<OpenedKeys>): void {
  describe(name, () => {
    let opened: OpenedKeys;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.stop());

    it.each([
      ['ES256', 'EC', { dsaEncoding: 'ieee-p1363' }],
      ['PS256', 'RSA', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    ] as const)('signs so that the public key verifies, %s', async (algorithm, type, encoding) => {
      const { kid, jwk, enabled, keyOps } = await opened.keys.readPublicKey(
        await opened.putKey(`signer-${type}`, type),
      );
      expect({ enabled, type: jwk.kty }).toEqual({ enabled: true, type });
      expect(keyOps).toContain('sign');
      const input = Buffer.from('a manifest');
      const signature = await opened.keys.sign(kid, algorithm, input);
      const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), ...encoding };
      expect(verify('sha256', input, key, signature)).toBe(true);
      expect(verify('sha256', Buffer.from('another'), key, signature)).toBe(false);
    });

    it('reads the current version by the id of the key, and each by its own', async () => {
      const keyId = await opened.putKey('two-versions', 'EC');
      const first = await opened.keys.readPublicKey(keyId);
      await opened.putKey('two-versions', 'EC');
      const second = await opened.keys.readPublicKey(keyId);
      expect(first.kid).toMatch(new RegExp(`^${keyId}/[0-9a-f]{32}$`));
      expect(second.kid).not.toBe(first.kid);
      expect(await opened.keys.readPublicKey(first.kid)).toEqual(first);
      const listed = await opened.keys.listKeyVersions(keyId);
      expect(new Set(listed.map(({ kid }) => kid))).toEqual(new Set([first.kid, second.kid]));
      expect(listed.every(({ enabled }) => enabled)).toBe(true);
    });

    it('says that a key is missing', async () => {
      await expect(opened.keys.readPublicKey(opened.missingKeyId)).rejects.toMatchObject({ code: 'source_not_found' });
    });
  });
}
