import { type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import { type ProtectedVault } from '../../../src/contracts/objects';
import { type SigningKeyRef } from '../../../src/contracts/snapshots';
import { createSigning, type Signing } from '../../../src/crypto/signing';
import { type SigningKeySettings } from '../../../src/crypto/signing-trust';
import { recordPlace } from '../../../src/domain/records';
import { StrongroomError } from '../../../src/errors';
import { ecKey, GeneratedVaultKeys, rsaKey, thumbprintOf } from '../../fakes/generated-vault-keys';
import { InMemoryArchive } from '../../fakes/in-memory-archive';
import { ManualClock } from '../../fakes/manual-clock';

const KEY = 'https://strongroom-keys.vault.azure.net/keys/archive-signing';
const OTHER = 'https://strongroom-keys.vault.azure.net/keys/archive-signing-2';
const AT = '2026-11-22T02:00:00.000Z';
const vaultOf = (shortName: string): ProtectedVault => ({
  url: `https://${shortName}.vault.azure.net`,
  shortName,
  subscriptionId: '11111111-2222-3333-4444-555555555555',
  geography: 'Europe',
});
const [prod, web] = [vaultOf('contoso-prod'), vaultOf('contoso-web')];
const chainOf = ({ shortName }: ProtectedVault) => ({ tier: 'daily', shortName }) as const;
const [first, second, third] = [ecKey(), rsaKey(), ecKey()];

let keys: GeneratedVaultKeys;
let archive: InMemoryArchive;
let clock: ManualClock;
beforeEach(() => {
  [keys, archive, clock] = [new GeneratedVaultKeys(), new InMemoryArchive(), new ManualClock()];
});

/** As a process that starts now. */
function started(settings: Partial<SigningKeySettings> = {}): Signing {
  const merged = { key: KEY, former: [], pinned: [], ...settings };
  return createSigning({ settings: merged, keys, archive, clock, version: '0.1.0' });
}
const choice = (vault = prod, settings = {}) => started(settings).signer.choose(chainOf(vault));

function add(privateKey: KeyObject, keyId = KEY): SigningKeyRef {
  return { kid: keys.add(keyId, { privateKey }), thumbprint: thumbprintOf(privateKey) };
}

async function introduce(to: SigningKeyRef, vault = prod, settings = {}): Promise<SigningKeyRef | undefined> {
  clock.advance(1_000);
  return started(settings).succession.introduce(vault, 'daily', to);
}

/** A succession record as somebody else would sign and place it. */
async function plant(signer: KeyObject, from: KeyObject, to: KeyObject, changes: object = {}, at = AT): Promise<void> {
  const jwkOf = (key: KeyObject) => {
    const { d: _d, ...jwk } = key.export({ format: 'jwk' });
    return jwk;
  };
  const ref = (key: KeyObject) => ({ kid: `${KEY}/x`, thumbprint: thumbprintOf(key) });
  const payload = {
    ...{ format: 1, type: 'record', record: 'key-succession', vault: prod.url, tier: 'daily', at },
    ...{ from: ref(from), to: { ...ref(to), jwk: jwkOf(to) }, producer: { name: 'x', version: '1' } },
    ...changes,
  };
  const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ: 'strongroom-record', sr_format: 1 })
    .sign(signer);
  await archive.put('daily', recordPlace('daily', prod.shortName, at, 'key-succession').path, Buffer.from(jws));
}

describe('a new version of the signing key', () => {
  it('does not sign before it is introduced, and is warned of', async () => {
    const old = add(first);
    const renewed = add(second);
    expect(await choice()).toEqual({
      key: old,
      warnings: [{ code: 'signing_key_not_introduced', key: renewed.kid }],
    });
  });

  it('signs once the one before it has introduced it', async () => {
    const old = add(first);
    const renewed = add(second);
    expect(await introduce(renewed)).toEqual(old);
    expect(await choice()).toEqual({ key: renewed, warnings: [] });
    expect([...archive.blobs.daily.keys()]).toEqual(['records/contoso-prod/20261122T020001000Z-key-succession.jws']);
  });

  it('is known at once to a process that asked before', async () => {
    add(first);
    const running = started();
    const renewed = add(second);
    expect((await running.signer.choose(chainOf(prod))).warnings).toHaveLength(1);
    await introduce(renewed);
    expect(await running.signer.choose(chainOf(prod))).toEqual({ key: renewed, warnings: [] });
  });

  it('signs on in a process that knew neither it nor the next one, before that is introduced', async () => {
    add(first);
    const running = started();
    await running.signer.choose(chainOf(prod));
    const renewed = add(second);
    await introduce(renewed);
    add(third);
    expect((await running.signer.choose(chainOf(prod))).key).toEqual(renewed);
    expect(await running.succession.versions()).toHaveLength(3);
  });

  it('is introduced once, however often it is asked for', async () => {
    add(first);
    const renewed = add(second);
    await introduce(renewed);
    expect(await introduce(renewed)).toBeUndefined();
    expect(archive.blobs.daily.size).toBe(1);
    expect(archive.blobs.monthly.size).toBe(0);
  });

  it('is followed by the next, which it introduces', async () => {
    const old = add(first);
    const renewed = add(second);
    await introduce(renewed);
    keys.disable(old.kid);
    const last = add(third);
    expect((await choice()).key).toEqual(renewed);
    expect(await introduce(last)).toEqual(renewed);
    expect((await choice()).key).toEqual(last);
  });

  it('signs for a vault that was added later, by what the records of others in the container say', async () => {
    const old = add(first);
    const renewed = add(second);
    await introduce(renewed);
    keys.disable(old.kid);
    expect(await choice(web)).toEqual({ key: renewed, warnings: [] });
    expect(await introduce(add(third), web)).toEqual(renewed);
    // The record of the vault itself is signed by the key before, which only the other vault's record introduces.
    clock.advance(60_000);
    expect((await choice(web)).key.thumbprint).toBe(thumbprintOf(third));
  });

  it('cannot be introduced when the old one cannot sign any more', async () => {
    const old = add(first);
    const renewed = add(second);
    keys.disable(old.kid);
    await expect(choice()).rejects.toMatchObject({ code: 'signing_key_unusable', details: { reason: 'disabled' } });
    await expect(introduce(renewed)).rejects.toMatchObject({ code: 'signing_key_unusable' });
    expect(archive.blobs.daily.size).toBe(0);
  });

  it('needs no record if the settings pin it', async () => {
    const old = add(first);
    const renewed = add(second);
    keys.disable(old.kid);
    expect(await choice(prod, { pinned: [renewed.thumbprint] })).toEqual({ key: renewed, warnings: [] });
    // What is not pinned is not trusted, be it the oldest.
    add(third);
    await expect(choice(prod, { pinned: ['x'.repeat(43)] })).rejects.toMatchObject({
      code: 'signing_key_unusable',
      details: { reason: 'not_introduced' },
    });
  });
});

describe('a signing key of another name', () => {
  it('is introduced by the former one', async () => {
    const old = add(first);
    const renewed = add(second, OTHER);
    const settings = { key: OTHER, former: [KEY] };
    expect(await choice(prod, settings)).toMatchObject({ key: old, warnings: [{ key: renewed.kid }] });
    expect(await introduce(renewed, prod, settings)).toEqual(old);
    keys.disable(old.kid);
    expect(await choice(prod, settings)).toEqual({ key: renewed, warnings: [] });
  });

  it('is refused as a candidate if SIGNING_KEY does not name it', async () => {
    add(first);
    const { kid } = add(second, OTHER);
    await expect(started().succession.candidate(kid)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a record that somebody else made', () => {
  let old: SigningKeyRef;
  beforeEach(() => {
    old = add(first);
    add(third);
  });
  const refused = async () => {
    expect((await choice()).key).toEqual(old);
  };

  it('counts if the old key signed it', async () => {
    await plant(first, first, third);
    expect((await choice()).warnings).toEqual([]);
  });

  it('does not count if the new key signed it, or a third one', async () => {
    await plant(third, first, third);
    await plant(ecKey(), first, third, {}, '2026-11-22T02:00:00.001Z');
    await refused();
  });

  it.each([
    ['names another signer than its own', { from: { kid: 'x', thumbprint: 'x'.repeat(43) } }],
    ['is of another kind', { record: 'include' }],
    ['is of another vault', { vault: web.url }],
    ['is of another tier', { tier: 'monthly' }],
    ['has another time', { at: '2026-11-22T02:00:00.001Z' }],
    ['is of another format', { format: 2 }],
    ['has no key', { to: { kid: 'x', thumbprint: thumbprintOf(third) } }],
  ])('does not count if it %s', async (_what, changes) => {
    await plant(first, first, third, changes);
    await refused();
  });

  it('does not count in another place, or if it is no record at all', async () => {
    await plant(first, first, third);
    const [[path = '', jws = new Uint8Array()] = []] = archive.blobs.daily;
    archive.blobs.daily.clear();
    archive.blobs.daily.set(path.replace('contoso-prod', 'contoso-web'), jws);
    archive.blobs.daily.set(path.replace('20261122', '20261123'), jws);
    archive.blobs.daily.set(path, Buffer.from('junk'));
    archive.blobs.monthly.set(path, jws);
    await refused();
  });

  it('is not passed over when the archive does not answer', async () => {
    archive.listBlobs = () => Promise.reject(new StrongroomError('archive_unreachable', 'away', { retryable: true }));
    await expect(choice()).rejects.toMatchObject({ code: 'archive_unreachable', retryable: true });
  });
});

describe('the list of versions', () => {
  it('tells of each what it is', async () => {
    const [oldest, , bad] = [add(first), add(second), add(ecKey('P-384'))];
    keys.disable(oldest.kid);
    expect(await started().succession.versions()).toMatchObject([
      { kid: bad.kid, thumbprint: null, isCurrent: true, needsNoRecord: false, fault: 'wrong_type' },
      { thumbprint: thumbprintOf(second), isCurrent: false, needsNoRecord: false, fault: null },
      { kid: oldest.kid, thumbprint: oldest.thumbprint, isCurrent: false, needsNoRecord: true, fault: 'disabled' },
    ]);
  });
});
