import { type Recipients } from '../../../src/crypto/port';
import { RecipientApprovals } from '../../../src/crypto/approvals';
import { ConfiguredRecipientDecisions } from '../../../src/crypto/recipient-decisions';
import { createRecipients, type KekRecipient, type RecipientKeys } from '../../../src/crypto/recipients';
import { createSigning } from '../../../src/crypto/signing';
import { type RecipientVersion } from '../../../src/contracts/trust';
import { StrongroomError } from '../../../src/errors';
import { FakeApprovals } from '../../fakes/fake-ledger';
import { ecKey, GeneratedVaultKeys, rsaKey, thumbprintOf } from '../../fakes/generated-vault-keys';
import { InMemoryArchive } from '../../fakes/in-memory-archive';
import { ManualClock } from '../../fakes/manual-clock';

const KEK = 'https://strongroom-keys.vault.azure.net/keys/archive-kek';
const OTHER_KEK = 'https://strongroom-pair.vault.azure.net/keys/archive-kek';
const SIGNING_KEY = 'https://strongroom-keys.vault.azure.net/keys/archive-signing';
const PERSON = '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2a06';
const [first, second, signing] = [rsaKey(), rsaKey(), ecKey()];
const [firstId, secondId] = [thumbprintOf(first), thumbprintOf(second)];

let keys: GeneratedVaultKeys;
let archive: InMemoryArchive;
let ledger: FakeApprovals;
let clock: ManualClock;
let firstKid: string;
let secondKid: string;
beforeEach(() => {
  [keys, archive, ledger, clock] = [
    new GeneratedVaultKeys(),
    new InMemoryArchive(),
    new FakeApprovals(),
    new ManualClock(),
  ];
  keys.add(SIGNING_KEY, { privateKey: signing });
  firstKid = keys.add(KEK, { privateKey: first, created: '2026-01-01T00:00:00.000Z' });
  secondKid = keys.add(KEK, { privateKey: second });
});

interface App {
  recipients: Recipients & RecipientKeys;
  decisions: ConfiguredRecipientDecisions;
}

/** As a process that starts now. */
function started(configured: KekRecipient[] = [{ kek: KEK, approved: [firstId] }]): App {
  const settings = { key: SIGNING_KEY, former: [], pinned: [] };
  const approvals = new RecipientApprovals(
    ledger,
    createSigning({ settings, keys, archive, clock, version: '0.1.0' }),
    archive,
    clock,
  );
  const recipients = createRecipients({ configured, keys, approvals, clock });
  return {
    recipients,
    decisions: new ConfiguredRecipientDecisions({ configured, recipients, approvals, keys, clock }),
  };
}

const approve = (thumbprint = secondId): Promise<RecipientVersion> => started().decisions.approve(thumbprint, PERSON);
const revoke = (thumbprint = secondId): Promise<RecipientVersion> => {
  clock.advance(1_000);
  return started().decisions.revoke(thumbprint, PERSON);
};
const chosen = async (app = started()): Promise<string[]> =>
  (await app.recipients.choose()).recipients.map(({ thumbprint }) => thumbprint);

describe('a version that nobody approved', () => {
  it('waits, while the approved one is used, and a person sees both', async () => {
    const app = started();
    expect(await chosen(app)).toEqual([firstId]);
    expect(await app.decisions.list()).toEqual([
      {
        ...{ kek: KEK, kid: secondKid, thumbprint: secondId, created: null, bits: 2_048 },
        ...{ state: 'waiting_for_approval', fault: null, decided: null },
      },
      {
        ...{ kek: KEK, kid: firstKid, thumbprint: firstId, created: '2026-01-01T00:00:00.000Z', bits: 2_048 },
        ...{ state: 'in_use', fault: null, decided: { by: 'settings', at: null } },
      },
    ]);
  });

  it('is used once a person approved it, also by processes that have asked before', async () => {
    const running = started();
    expect(await chosen(running)).toEqual([firstId]);
    expect(await approve()).toMatchObject({
      state: 'in_use',
      kid: secondKid,
      decided: { by: PERSON, at: '2026-11-22T02:00:00.000Z' },
    });
    expect(await running.recipients.choose()).toEqual({
      recipients: [{ thumbprint: secondId, kid: secondKid }],
      warnings: [],
    });
    expect((await running.recipients.publicKey({ thumbprint: secondId, kid: secondKid })).thumbprint).toBe(secondId);
  });

  it('is refused to whoever names it all the same', async () => {
    await expect(started().recipients.publicKey({ thumbprint: secondId, kid: secondKid })).rejects.toMatchObject({
      code: 'recipient_not_approved',
    });
  });
});

describe('approving', () => {
  it('takes a thumbprint that a configured key has, and no other', async () => {
    await expect(approve(thumbprintOf(rsaKey()))).rejects.toMatchObject({ code: 'recipient_not_found' });
    await expect(approve(thumbprintOf(signing))).rejects.toMatchObject({ code: 'recipient_not_found' });
    expect(ledger.statements.size).toBe(0);
  });

  it.each([
    ['disabled', { enabled: false }],
    ['expired', { expires: '2026-11-22T01:59:59.000Z' }],
    ['not_yet_valid', { notBefore: '2026-11-22T02:00:01.000Z' }],
    ['no_unwrapKey', { keyOps: ['wrapKey'] }],
  ])('refuses a version that is %s', async (fault, options) => {
    const privateKey = rsaKey();
    keys.add(KEK, { privateKey, ...options });
    await expect(approve(thumbprintOf(privateKey))).rejects.toMatchObject({
      code: 'recipient_unusable',
      details: { reason: fault },
    });
    expect((await started().decisions.list())[0]).toMatchObject({ state: 'unusable', fault });
  });

  it('may run twice, and signs once', async () => {
    await approve();
    const [statement] = ledger.statements.values();
    await approve();
    expect([...ledger.statements.values()]).toEqual([statement]);
  });

  it('is worth nothing without the signing key', async () => {
    keys.failures.set(SIGNING_KEY, new StrongroomError('vault_unreachable', 'away', { retryable: true }));
    await expect(approve()).rejects.toMatchObject({ code: 'signing_key_unusable' });
    expect(ledger.statements.size).toBe(0);
  });
});

describe('who may write the ledger', () => {
  it('can take an approval back by removing it', async () => {
    await approve();
    ledger.statements.clear();
    expect(await chosen()).toEqual([firstId]);
  });

  it('cannot make one of another statement', async () => {
    await approve();
    const [, statement = ''] = [...ledger.statements][0] ?? [];
    const third = rsaKey();
    keys.add(KEK, { privateKey: third });
    const [header = '', payload = '', signature = ''] = statement.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, thumbprint: thumbprintOf(third) })).toString('base64url');
    for (const forged of [statement, `${header}.${changed}.${signature}`, 'junk', '']) {
      ledger.statements.set(thumbprintOf(third), forged);
      expect(await chosen()).toEqual([secondId]);
    }
  });

  it('cannot carry an approval over to another key-encryption key', async () => {
    await approve();
    keys.add(OTHER_KEK, { privateKey: second });
    const app = started([{ kek: OTHER_KEK, approved: [firstId] }]);
    await expect(app.recipients.choose()).rejects.toMatchObject({ code: 'no_usable_recipient' });
  });

  it('cannot bring back an approval that was taken back, be it with a copy of the statement', async () => {
    await approve();
    const kept = new Map(ledger.statements);
    expect(await revoke()).toMatchObject({ state: 'revoked', decided: { by: PERSON } });
    expect(await chosen()).toEqual([firstId]);
    for (const [thumbprint, statement] of kept) ledger.statements.set(thumbprint, statement);
    expect(await chosen()).toEqual([firstId]);
    // Nor after it was approved and taken back again, whatever the clock says meanwhile.
    clock.advance(-86_400_000);
    await approve();
    expect(await chosen()).toEqual([secondId]);
    await revoke();
    for (const [thumbprint, statement] of kept) ledger.statements.set(thumbprint, statement);
    expect(await chosen()).toEqual([firstId]);
  });
});

describe('taking an approval back', () => {
  it('leaves a signed record where nobody can remove it', async () => {
    await approve();
    await revoke();
    expect([...archive.blobs.monthly.keys()]).toEqual([
      'records/strongroom-keys/20261122T020001000Z-recipient-revocation.jws',
    ]);
    expect(archive.blobs.daily.size).toBe(0);
  });

  it('is refused for what the settings approve, and does nothing to what nobody approved', async () => {
    await expect(revoke(firstId)).rejects.toMatchObject({ code: 'approved_by_settings' });
    expect(await revoke()).toMatchObject({ state: 'waiting_for_approval' });
    expect(archive.blobs.monthly.size).toBe(0);
  });

  it('is not undone by a record that somebody else wrote, which is passed over', async () => {
    await approve();
    await revoke();
    archive.blobs.monthly.set('records/strongroom-keys/20261122T020002000Z-recipient-revocation.jws', Buffer.from('x'));
    expect(await chosen()).toEqual([firstId]);
    await approve();
    expect(await chosen()).toEqual([secondId]);
  });
});

it('does not go on without a recipient whose approval cannot be looked up', async () => {
  ledger.get = () => Promise.reject(new StrongroomError('ledger_unreachable', 'away', { retryable: true }));
  await expect(started().recipients.choose()).rejects.toMatchObject({ code: 'ledger_unreachable', retryable: true });
});

it('goes on with the other when the vault of a key-encryption key is gone, and a person sees why', async () => {
  keys.add(OTHER_KEK, { privateKey: second });
  keys.failures.set(KEK, new StrongroomError('vault_unreachable', 'gone', { retryable: true }));
  const app = started([
    { kek: KEK, approved: [firstId] },
    { kek: OTHER_KEK, approved: [secondId] },
  ]);
  expect(await app.recipients.choose()).toMatchObject({
    recipients: [{ thumbprint: secondId }],
    warnings: [{ code: 'recipient_unusable', recipient: KEK }],
  });
  expect(await app.decisions.list()).toMatchObject([
    { kek: KEK, kid: null, thumbprint: null, state: 'unusable', fault: 'vault_unreachable' },
    { kek: OTHER_KEK, thumbprint: secondId, state: 'in_use' },
  ]);
});
