import { createPublicKey, type KeyObject } from 'node:crypto';
import { type OfflineRecipient } from '../../../src/crypto/offline-recipient';
import { createRecipients, type KekRecipient, type RecipientKeys } from '../../../src/crypto/recipients';
import { type Recipients } from '../../../src/crypto/port';
import { StrongroomError } from '../../../src/errors';
import { ecKey, GeneratedVaultKeys, rsaKey, thumbprintOf } from '../../fakes/generated-vault-keys';
import { noApprovals } from '../../fakes/no-approvals';
import { ManualClock } from '../../fakes/manual-clock';

const KEK = 'https://strongroom-keys.vault.azure.net/keys/archive-kek';
const [first, second, offline] = [rsaKey(), rsaKey(), rsaKey()];
const [weak, curve] = [rsaKey(1_024), ecKey()];
const pem = (key: KeyObject) => createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
const jwk = (key: KeyObject) => createPublicKey(key).export({ format: 'jwk' });

let vault: GeneratedVaultKeys;
let clock: ManualClock;
beforeEach(() => {
  vault = new GeneratedVaultKeys();
  clock = new ManualClock();
});

function recipients(...configured: (KekRecipient | OfflineRecipient)[]): Recipients & RecipientKeys {
  return createRecipients({ configured, approvals: noApprovals, keys: vault, clock });
}
const kek = (...approved: KeyObject[]): KekRecipient => ({ kek: KEK, approved: approved.map(thumbprintOf) });

describe('choosing recipients', () => {
  it('takes every offline key and the approved current version of every key-encryption key', async () => {
    const kid = vault.add(KEK, { privateKey: first });
    expect(await recipients(kek(first), { pem: pem(offline) }, { jwk: jwk(second) }).choose()).toEqual({
      recipients: [
        { thumbprint: thumbprintOf(first), kid },
        { thumbprint: thumbprintOf(offline) },
        { thumbprint: thumbprintOf(second) },
      ],
      warnings: [],
    });
  });

  it('takes a key that is configured twice once', async () => {
    const choice = await recipients({ pem: pem(offline) }, { jwk: jwk(offline) }).choose();
    expect(choice.recipients).toEqual([{ thumbprint: thumbprintOf(offline) }]);
  });

  it('falls back to the newest approved version, and warns, when nobody approved the current one', async () => {
    const approved = vault.add(KEK, { privateKey: first });
    vault.add(KEK, { privateKey: second });
    expect(await recipients(kek(first)).choose()).toEqual({
      recipients: [{ thumbprint: thumbprintOf(first), kid: approved }],
      warnings: [{ code: 'recipient_not_approved', recipient: KEK }],
    });
  });

  it('never falls back to a version that is disabled', async () => {
    vault.disable(vault.add(KEK, { privateKey: first }));
    vault.add(KEK, { privateKey: second });
    await expect(recipients(kek(first)).choose()).rejects.toMatchObject({
      code: 'no_usable_recipient',
      details: { recipients: 1, reasons: 'recipient_not_approved' },
    });
  });

  it('falls back to an older approved version when the current one is disabled', async () => {
    const older = vault.add(KEK, { privateKey: first });
    vault.disable(vault.add(KEK, { privateKey: second }));
    expect(await recipients(kek(first, second)).choose()).toEqual({
      recipients: [{ thumbprint: thumbprintOf(first), kid: older }],
      warnings: [{ code: 'recipient_unusable', recipient: KEK }],
    });
  });

  it.each([
    ['is disabled', { enabled: false }, 'recipient_unusable:disabled'],
    ['has expired', { expires: '2026-11-22T02:00:00.000Z' }, 'recipient_unusable:expired'],
    ['may not unwrap', { keyOps: ['sign', 'wrapKey'] }, 'recipient_unusable:no_unwrapKey'],
  ])('leaves out a key that %s', async (_what, options, reasons) => {
    vault.add(KEK, { privateKey: first, ...options });
    await expect(recipients(kek(first)).choose()).rejects.toMatchObject({ details: { reasons }, retryable: false });
    expect((await recipients(kek(first), { pem: pem(offline) }).choose()).warnings).toEqual([
      { code: 'recipient_unusable', recipient: KEK },
    ]);
  });

  it('leaves out keys that are too weak or of another kind, wherever they are', async () => {
    vault.add(KEK, { privateKey: weak });
    const other = `${KEK}-ec`;
    vault.add(other, { privateKey: curve });
    const configured = [kek(weak), { kek: other, approved: [thumbprintOf(curve)] }];
    const bad = [{ pem: pem(weak) }, { jwk: jwk(curve) }, { pem: '-----BEGIN PUBLIC KEY-----\nno' }];
    expect(await recipients(...configured, ...bad, { pem: pem(offline) }).choose()).toEqual({
      recipients: [{ thumbprint: thumbprintOf(offline) }],
      warnings: [KEK, other, 'RECIPIENTS[2]', 'RECIPIENTS[3]', 'RECIPIENTS[4]'].map((recipient) => ({
        code: 'recipient_unusable',
        recipient,
      })),
    });
  });

  it('refuses private keys, and repeats nothing of them', async () => {
    const secrets = [
      { pem: offline.export({ type: 'pkcs8', format: 'pem' }) as string },
      { jwk: offline.export({ format: 'jwk' }) },
      { pem: `${pem(first)}${offline.export({ type: 'pkcs8', format: 'pem' }) as string}` },
    ];
    const failure: unknown = await recipients(...secrets)
      .choose()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'no_usable_recipient' });
    expect(JSON.stringify(failure)).not.toContain(offline.export({ format: 'jwk' }).d!.slice(0, 20));
  });

  it('warns of a vault that does not answer, and goes on with the others', async () => {
    vault.failures.set(KEK, new StrongroomError('vault_unreachable', 'away', { retryable: true }));
    expect(await recipients(kek(first), { pem: pem(offline) }).choose()).toEqual({
      recipients: [{ thumbprint: thumbprintOf(offline) }],
      warnings: [{ code: 'recipient_unusable', recipient: KEK }],
    });
  });

  it('says why none is left, and whether waiting may help', async () => {
    vault.failures.set(KEK, new StrongroomError('vault_unreachable', 'away', { retryable: true }));
    await expect(recipients(kek(first)).choose()).rejects.toMatchObject({
      code: 'no_usable_recipient',
      retryable: true,
      details: { reasons: 'recipient_unusable:vault_unreachable' },
    });
    vault.failures.set(KEK, new StrongroomError('vault_forbidden', 'no'));
    await expect(recipients(kek(first)).choose()).rejects.toMatchObject({ retryable: false });
  });

  it('asks the vault anew for every choice', async () => {
    vault.failures.set(KEK, new StrongroomError('vault_unreachable', 'away', { retryable: true }));
    const configured = recipients(kek(first, second));
    await expect(configured.choose()).rejects.toMatchObject({ code: 'no_usable_recipient' });
    vault.failures.clear();
    vault.add(KEK, { privateKey: first });
    await configured.choose();
    vault.add(KEK, { privateKey: second });
    expect((await configured.choose()).recipients).toMatchObject([{ thumbprint: thumbprintOf(second) }]);
  });

  it('lets faults of the program through', async () => {
    vault.failures.set(KEK, new TypeError('a fault') as unknown as StrongroomError);
    await expect(recipients(kek(first), { pem: pem(offline) }).choose()).rejects.toThrow(TypeError);
  });
});

describe('the key behind a chosen recipient', () => {
  it('is found by another process that has the same settings', async () => {
    const kid = vault.add(KEK, { privateKey: first });
    const configured = recipients({ pem: pem(weak) }, kek(first), { pem: pem(offline) });
    const known = await configured.publicKey({ thumbprint: thumbprintOf(first), kid });
    expect(known.key.equals(createPublicKey(first))).toBe(true);
    expect(
      (await configured.publicKey({ thumbprint: thumbprintOf(offline) })).key.equals(createPublicKey(offline)),
    ).toBe(true);
  });

  it('is found whatever the case of names', async () => {
    const kid = vault.add(KEK.replace('archive-kek', 'Archive-KEK'), { privateKey: first });
    const key = await recipients(kek(first)).publicKey({ thumbprint: thumbprintOf(first), kid });
    expect(key.thumbprint).toBe(thumbprintOf(first));
  });

  it.each([
    ['an offline key that nobody configured', () => ({ thumbprint: thumbprintOf(second) })],
    ['a version that nobody approved', () => ({ thumbprint: thumbprintOf(second), kid: `${KEK}/1` })],
    ['an approved thumbprint under another key', () => ({ thumbprint: thumbprintOf(first), kid: `${KEK}-x/1` })],
    [
      'a key of another vault',
      () => ({ thumbprint: thumbprintOf(first), kid: 'https://evil.vault.azure.net/keys/k/1' }),
    ],
  ])('is refused for %s', async (_what, ref) => {
    const refused = recipients(kek(first), { pem: pem(offline) }).publicKey(ref());
    await expect(refused).rejects.toMatchObject({ code: 'recipient_not_approved' });
  });

  it('is refused when the vault gives another key than the thumbprint says', async () => {
    const kid = vault.add(KEK, { privateKey: second });
    await expect(recipients(kek(first)).publicKey({ thumbprint: thumbprintOf(first), kid })).rejects.toMatchObject({
      code: 'recipient_unusable',
    });
  });

  it('may be had later when the vault does not answer now', async () => {
    vault.failures.set(KEK, new StrongroomError('vault_throttled', 'slow down', { retryable: true }));
    await expect(
      recipients(kek(first)).publicKey({ thumbprint: thumbprintOf(first), kid: `${KEK}/1` }),
    ).rejects.toMatchObject({ code: 'recipient_unusable', retryable: true, details: { reason: 'vault_throttled' } });
  });
});
