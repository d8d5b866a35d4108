import { ContainerClient } from '@azure/storage-blob';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { type AuditList } from '../../src/contracts/audit';
import { type Problem, type RunView } from '../../src/contracts/api';
import {
  type RecipientList,
  type RecipientVersion,
  type SigningKeyIntroduction,
  type SigningKeyView,
} from '../../src/contracts/trust';
import { APP_PRINCIPAL, GEOGRAPHY, KEY_NAMES, KEY_VAULT, OPERATOR, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { containerSource } from '../independent/container-source';
import { openSnapshot } from '../independent/open';
import { offlineOpener, type Opener } from '../independent/openers';
import { type VerifiedSnapshot, verifySnapshots } from '../independent/verify';
import { AppOnStack } from './app-on-stack';
import { asPerson, offlinePair, type OfflinePair } from './archive-judge';

const VAULT = 'contoso-prod';
const PAIR_VAULT = 'strongroom-pair';
const PAIR_KEK = 'pair-kek';
const OBJECTS = 6;

interface VaultKey {
  kid: string;
  version: string;
  thumbprint: string;
  jwk: JWK;
}

let app: AppOnStack;
let offline: OfflinePair;
/** The first version of the signing key: all that the verifier ever pins. */
let pinned: JWK;

beforeAll(async () => {
  app = await AppOnStack.start({ [VAULT]: { generate: { secrets: 4, keys: 2, versions: 1, seed: 7 } } });
  offline = await offlinePair();
  pinned = (await readKey(KEY_VAULT, KEY_NAMES.signing)).jwk;
  const { control, settings } = app.stack;
  await control.put(`/vault-service/vaults/${PAIR_VAULT}`, { subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY });
  await control.put('/vault-service/roles', {
    principal: APP_PRINCIPAL.oid,
    vault: PAIR_VAULT,
    actions: ['keys/read'],
  });
  await newVersion(PAIR_VAULT, PAIR_KEK, { kty: 'RSA', key_size: 2048 });
  const [kek] = JSON.parse(settings['RECIPIENTS'] ?? '') as object[];
  await app.stack.stopHost();
  await app.stack.startHost({
    RECIPIENTS: JSON.stringify([
      kek,
      { kek: `https://${PAIR_VAULT}.vault.azure.net/keys/${PAIR_KEK}` },
      { jwk: offline.publicJwk },
    ]),
  });
});
afterAll(() => app.stop());

async function readKey(vault: string, name: string): Promise<VaultKey> {
  const { body } = await asPerson(app.stack, { vault, method: 'GET', path: `/keys/${name}` });
  const { key } = body as { key: JWK & { kid: string } };
  return {
    kid: key.kid,
    version: key.kid.split('/').at(-1) ?? '',
    thumbprint: await calculateJwkThumbprint(key),
    jwk: key,
  };
}

/** A later second than that of the version before, since a vault tells seconds only. */
async function newVersion(vault: string, name: string, body: object): Promise<VaultKey> {
  await app.stack.moveClock({ byMs: 5_000 });
  const { status } = await asPerson(app.stack, { vault, method: 'POST', path: `/keys/${name}/create`, body });
  expect(status).toBe(200);
  return readKey(vault, name);
}

async function enable(name: string, { version }: VaultKey, enabled: boolean): Promise<void> {
  const path = `/keys/${name}/${version}`;
  const answer = await asPerson(app.stack, {
    ...{ vault: KEY_VAULT, method: 'PATCH', path },
    body: { attributes: { enabled } },
  });
  expect(answer.status).toBe(200);
}

const container = (tier: string) => new ContainerClient(app.stack.endpoints.connections.reader, `strongroom-${tier}`);

/** The snapshot of a run, proved with the first signing key alone. */
async function snapshotOf(run: RunView): Promise<VerifiedSnapshot> {
  const { findings, snapshots } = await verifySnapshots({
    source: containerSource(container('daily')),
    vault: VAULT,
    tier: 'daily',
    pinnedKeys: [pinned],
  });
  expect(findings.filter(({ severity }) => severity === 'fault')).toEqual([]);
  const found = snapshots.find(({ id }) => id === run.snapshot);
  expect(found).toBeDefined();
  return found!;
}

const sealedTo = async (run: RunView): Promise<string[]> =>
  (await snapshotOf(run)).manifest.recipients.map(({ thumbprint }) => thumbprint).sort();
const signedBy = async (run: RunView): Promise<string> => (await snapshotOf(run)).manifest.signingKey.thumbprint;

async function expectOpens(run: RunView, opener: Opener): Promise<void> {
  const snapshot = await snapshotOf(run);
  const opened = await openSnapshot({ source: containerSource(container('daily')), snapshot, opener });
  expect(opened.objects).toHaveLength(OBJECTS);
  for (const object of opened.objects) await opened.openItem(object);
}

/** One key-encryption key alone, through its vault. */
function vaultAlone(vault: string, { kid, thumbprint }: VaultKey): Opener {
  return {
    kind: 'unwrap',
    unwrap: async (asked, encryptedKey) => {
      if (asked !== thumbprint) throw new Error('This is the key of somebody else.');
      const value = Buffer.from(encryptedKey).toString('base64url');
      const path = `${new URL(kid).pathname}/unwrapkey`;
      const body = { alg: 'RSA-OAEP-256', value };
      const answer = await asPerson(app.stack, { vault, method: 'POST', path, body });
      return Buffer.from((answer.body as { value: string }).value, 'base64url');
    },
  };
}

async function backUp(warnings: string[] = []): Promise<RunView> {
  await app.stack.moveClock({ byMs: 2_000 });
  const run = await app.backUp(VAULT);
  expect(run).toMatchObject({ status: 'succeeded', code: null, warnings });
  return run;
}

async function recipients(): Promise<RecipientVersion[]> {
  return (await app.call<RecipientList>('GET', '/recipients')).body.recipients;
}

async function decide(thumbprint: string, decision: 'approval' | 'revocation', as = app): Promise<[number, string]> {
  const path = `/recipients/${thumbprint}/${decision}`;
  const { status, body } = await as.call<RecipientVersion & Partial<Problem>>('POST', path, {
    body: { reason: 'rotation' },
  });
  return [status, body.code ?? body.state];
}

test('three recipients: a version waits for its approval, and then each of the three opens a snapshot alone', async () => {
  const [kek, pair] = [await readKey(KEY_VAULT, KEY_NAMES.encryption), await readKey(PAIR_VAULT, PAIR_KEK)];
  const offlineThumbprint = await calculateJwkThumbprint(offline.publicJwk);
  const first = await backUp(['recipient_not_approved']);
  expect(await sealedTo(first)).toEqual([kek.thumbprint, offlineThumbprint].sort());
  expect(await recipients()).toMatchObject([
    { thumbprint: kek.thumbprint, state: 'in_use', decided: { by: 'settings' } },
    { thumbprint: pair.thumbprint, state: 'waiting_for_approval', decided: null, bits: 2048 },
    { thumbprint: offlineThumbprint, state: 'in_use', kek: null },
  ]);

  const operator = await app.as('Strongroom.Operator');
  expect(await decide(pair.thumbprint, 'approval', operator)).toEqual([403, 'role_missing']);
  expect(await decide(offlineThumbprint, 'approval')).toEqual([404, 'recipient_not_found']);
  const approver = await app.as('Strongroom.Approver');
  expect(await decide(pair.thumbprint, 'approval', approver)).toEqual([200, 'in_use']);
  expect(await decide(kek.thumbprint, 'revocation', approver)).toEqual([409, 'approved_by_settings']);

  const run = await backUp();
  expect(await sealedTo(run)).toEqual([kek.thumbprint, pair.thumbprint, offlineThumbprint].sort());
  await expectOpens(run, offlineOpener(offline.privateJwk));
  await expectOpens(run, vaultAlone(KEY_VAULT, kek));
  await expectOpens(run, vaultAlone(PAIR_VAULT, pair));
  await expect(expectOpens(first, vaultAlone(PAIR_VAULT, pair))).rejects.toThrow();

  const { body } = await app.call<AuditList>('GET', '/audit?action=recipient.approve&limit=200');
  expect(body.entries).toContainEqual(
    expect.objectContaining({
      ...{ subject: pair.thumbprint, outcome: 'done', reason: 'rotation', actor: OPERATOR.oid },
    }),
  );
});

test('a rotated key-encryption key: used once approved, and no more once that is taken back', async () => {
  const before = await readKey(KEY_VAULT, KEY_NAMES.encryption);
  const after = await newVersion(KEY_VAULT, KEY_NAMES.encryption, { kty: 'RSA', key_size: 3072 });
  expect(await sealedTo(await backUp(['recipient_not_approved']))).toContain(before.thumbprint);
  expect(await decide(after.thumbprint, 'approval')).toEqual([200, 'in_use']);
  const approved = await sealedTo(await backUp());
  expect(approved).toContain(after.thumbprint);
  expect(approved).not.toContain(before.thumbprint);
  expect(await decide(after.thumbprint, 'revocation')).toEqual([200, 'revoked']);
  expect(await sealedTo(await backUp(['recipient_not_approved']))).toContain(before.thumbprint);
  await enable(KEY_NAMES.encryption, after, false);
  expect(await decide(after.thumbprint, 'approval')).toEqual([409, 'recipient_unusable']);
  expect(await sealedTo(await backUp(['recipient_not_approved']))).toContain(before.thumbprint);
  await enable(KEY_NAMES.encryption, after, true);
  expect(await decide(after.thumbprint, 'approval')).toEqual([200, 'in_use']);
  expect(await sealedTo(await backUp())).toContain(after.thumbprint);
});

test('a new signing key: signs once the old one has introduced it, and whoever pinned the old one follows', async () => {
  const first = await readKey(KEY_VAULT, KEY_NAMES.signing);
  const second = await newVersion(KEY_VAULT, KEY_NAMES.signing, { kty: 'EC', crv: 'P-256' });
  expect(await signedBy(await backUp(['signing_key_not_introduced']))).toBe(first.thumbprint);
  const { body: view } = await app.call<SigningKeyView>('GET', '/signing-key');
  expect(view).toMatchObject({
    chains: 2,
    versions: [
      { kid: second.kid, thumbprint: second.thumbprint, isCurrent: true, needsNoRecord: false, introducedFor: 0 },
      { kid: first.kid, isCurrent: false, needsNoRecord: true, introducedFor: 2, fault: null },
    ],
  });

  const introduce = async (who = app) => {
    const options = { body: { reason: 'yearly rotation' } };
    const path = '/signing-key/introduction';
    const { status, body } = await who.call<SigningKeyIntroduction & Partial<Problem>>('POST', path, options);
    return { ...body, status };
  };
  expect(await introduce(await app.as('Strongroom.Approver'))).toMatchObject({ status: 403, code: 'role_missing' });
  expect(await introduce()).toMatchObject({ status: 200, kid: second.kid, introduced: 2, alreadyIntroduced: 0 });
  expect(await introduce()).toMatchObject({ status: 200, kid: second.kid, introduced: 0, alreadyIntroduced: 2 });
  expect(await signedBy(await backUp())).toBe(second.thumbprint);

  await enable(KEY_NAMES.signing, first, false);
  expect(await signedBy(await backUp())).toBe(second.thumbprint);

  // The one that has to sign is disabled, and the next one was never introduced: nobody may take its place.
  const third = await newVersion(KEY_VAULT, KEY_NAMES.signing, { kty: 'EC', crv: 'P-256' });
  await enable(KEY_NAMES.signing, second, false);
  expect(await app.backUp(VAULT)).toMatchObject({ status: 'failed', code: 'signing_key_unusable', snapshot: null });
  expect(await introduce()).toMatchObject({ status: 409, code: 'signing_key_unusable' });
  await enable(KEY_NAMES.signing, second, true);
  expect(await introduce()).toMatchObject({ status: 200, thumbprint: third.thumbprint, introduced: 2 });
  expect(await signedBy(await backUp())).toBe(third.thumbprint);
});

test('a signing key that is disabled midway: the run waits for it, and loses nothing', async () => {
  const current = await readKey(KEY_VAULT, KEY_NAMES.signing);
  const { control } = app.stack;
  await control.delete('/vault-service/requests');
  await control.put('/vault-service/latency', { vault: VAULT, ms: 1_000 });
  const { runs } = await app.start({ vaults: [VAULT] });
  const run = runs[0]?.runId ?? '';
  const signed = async (status: number): Promise<boolean> => {
    const { requests } = (await control.get('/vault-service/requests')) as {
      requests: { operation: string; status: number }[];
    };
    return requests.some((request) => request.operation === 'keys.sign' && request.status === status);
  };
  // The probe has been signed, and the manifest is to come.
  await app.waitFor(run, ({ progress }) => progress.total !== null);
  expect(await signed(200)).toBe(true);
  await enable(KEY_NAMES.signing, current, false);
  await control.put('/vault-service/latency', { vault: VAULT, ms: 0 });
  while (!(await signed(403))) {
    expect((await app.run(run)).endedAt).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect((await app.run(run)).endedAt).toBeNull();
  await enable(KEY_NAMES.signing, current, true);
  expect(await app.waitFor(run)).toMatchObject({ status: 'succeeded', counts: { stored: OBJECTS } });
  expect(await signedBy(await app.run(run))).toBe(current.thumbprint);
});

test('a vault of a key-encryption key that is gone: the run goes on with the others, and warns', async () => {
  const pair = await readKey(PAIR_VAULT, PAIR_KEK);
  await app.stack.control.delete(`/vault-service/vaults/${PAIR_VAULT}`);
  const left = await sealedTo(await backUp(['recipient_unusable']));
  expect(left).toHaveLength(2);
  expect(left).not.toContain(pair.thumbprint);
  expect(await recipients()).toContainEqual(
    expect.objectContaining({ kek: expect.stringContaining(PAIR_VAULT) as string, kid: null, state: 'unusable' }),
  );
});
