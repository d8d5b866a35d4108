import { ContainerClient } from '@azure/storage-blob';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { containerSource } from '../independent/container-source';
import { openSnapshot } from '../independent/open';
import { offlineOpener } from '../independent/openers';
import { verifySnapshots } from '../independent/verify';
import { type HostModes } from '../../local/stack/stack';
import { AppOnStack } from './app-on-stack';
import { asPerson } from './archive-judge';

const SEED = {
  secrets: [
    {
      name: 'db-password',
      versions: [
        { value: 'one' },
        { value: 'two' },
        { value: 'three', tags: { team: 'payments' }, contentType: 'text/plain' },
      ],
    },
    { name: 'Disabled-One', versions: [{ value: 'x', enabled: false }] },
    { name: 'expired', versions: [{ value: 'x', exp: 1_600_000_000 }] },
    { name: `n${'9'.repeat(126)}`, versions: [{ value: 'y' }] },
  ],
  keys: [
    {
      name: 'signing',
      versions: [
        { kty: 'EC', crv: 'P-256' },
        { kty: 'EC', crv: 'P-256' },
      ],
    },
    { name: 'wrapping', versions: [{ kty: 'RSA', size: 2048 }] },
  ],
  certificates: [
    {
      name: 'web-tls',
      versions: [
        { kty: 'RSA', tags: { round: '1' } },
        { kty: 'EC', crv: 'P-256', contentType: 'application/x-pem-file', enabled: false },
        { kty: 'EC', crv: 'P-384', tags: { round: '3' } },
      ],
    },
    { name: 'locked-in', versions: [{ kty: 'RSA', exportable: false }] },
  ],
  generate: { secrets: 60, keys: 5, versions: 2, seed: 3 },
};
// Each certificate is three objects: itself, its key and its secret.
const OBJECTS = 4 + 2 + 65 + 2 * 3;
const MANAGED = 2 * 2;

let offline: { publicJwk: JWK; privateJwk: JWK };

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256', { extractable: true });
  offline = { publicJwk: await exportJWK(publicKey), privateJwk: await exportJWK(privateKey) };
});

async function started(modes: HostModes, batch: string): Promise<AppOnStack> {
  const app = await AppOnStack.start(
    { 'contoso-prod': SEED, 'contoso-web': { generate: { secrets: 3, seed: 5 } } },
    { modes, settings: { BATCH_SIZE: batch, PAGE_SIZE: '25' } },
  );
  const { RECIPIENTS = '[]' } = app.stack.settings;
  const recipients = JSON.stringify([...(JSON.parse(RECIPIENTS) as object[]), { jwk: offline.publicJwk }]);
  await app.stack.stopHost();
  await app.stack.startHost({ RECIPIENTS: recipients });
  return app;
}

/** The public signing key, read from the vault by somebody who may. */
async function signingKey(app: AppOnStack): Promise<JWK> {
  const oid = '00000000-0000-4000-8000-0000000000aa';
  await app.stack.control.put('/vault-service/roles', {
    principal: oid,
    vault: 'strongroom-keys',
    actions: ['keys/read'],
  });
  const { access_token: token } = (await app.stack.control.post('/vault-service/token', {
    oid,
    aud: 'https://vault.azure.net',
  })) as { access_token: string };
  return new Promise((resolve, reject) => {
    const headers = { host: 'strongroom-keys.vault.azure.net', authorization: `Bearer ${token}` };
    request(`${app.stack.endpoints.vaultGateway}/keys/archive-signing?api-version=7.5`, { headers }, (response) => {
      text(response).then((body) => {
        resolve((JSON.parse(body) as { key: JWK }).key);
      }, reject);
    })
      .on('error', reject)
      .end();
  });
}

function archive(app: AppOnStack, tier: 'daily' | 'monthly'): ContainerClient {
  const { connections } = app.stack.endpoints;
  return new ContainerClient(connections.reader, `strongroom-${tier}`);
}

/** Waits until a call of the vault is not refused as being in between two states. */
async function settled(attempt: () => Promise<{ status: number }>): Promise<number> {
  for (;;) {
    const { status } = await attempt();
    if (status !== 409) return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const purged = (app: AppOnStack, vault: string, name: string): Promise<number> =>
  settled(() => asPerson(app.stack, { vault, method: 'DELETE', path: `/deletedcertificates/${name}` }));

const restored = (app: AppOnStack, vault: string, value: string): Promise<number> =>
  settled(() => asPerson(app.stack, { vault, method: 'POST', path: '/certificates/restore', body: { value } }));

describe.each([
  ['in normal mode', {}, '20'],
  [
    'one event at a time, shuffled, strict, with early timers',
    { batch: 1, strict: true, shuffle: true, earlyTimers: true, seed: 11 },
    '4',
  ],
] as const)('a backup %s', (_, modes, batch) => {
  let app: AppOnStack;

  beforeAll(async () => {
    app = await started(modes, batch);
  });
  afterAll(() => app.stop());

  test('takes every object of every vault, and its record tells so', async () => {
    const { runId, runs } = await app.start();
    expect(runs.map(({ vault }) => vault).sort()).toEqual(['contoso-prod', 'contoso-web']);
    const estate = await app.waitFor(runId);
    expect(estate).toMatchObject({
      kind: 'estate',
      status: 'succeeded',
      code: null,
      warnings: [],
      progress: { done: OBJECTS + 3, total: OBJECTS + 3 },
    });

    const run = await app.run(runs.find(({ vault }) => vault === 'contoso-prod')!.runId);
    expect(run).toMatchObject({
      status: 'succeeded',
      vault: 'contoso-prod',
      trigger: 'manual',
      estateRun: runId,
      snapshot: run.id,
      scheduledFor: null,
    });
    expect(run.counts).toEqual({
      objects: OBJECTS,
      stored: OBJECTS - MANAGED,
      managed: MANAGED,
      absent: 0,
      excluded: 0,
      failed: 0,
      byKind: { secret: 66, key: 9, certificate: 2 },
      byCode: {},
    });
    const objects = await app.objects(run.id);
    expect(objects).toHaveLength(OBJECTS);
    expect(objects.find(({ name }) => name === 'db-password')).toMatchObject({
      kind: 'secret',
      outcome: 'stored',
      versions: 3,
      code: null,
    });
    const ofCertificate = objects.filter(({ name }) => name === 'web-tls');
    expect(ofCertificate.map(({ kind, outcome }) => `${kind} ${outcome}`).sort()).toEqual([
      'certificate stored',
      'key managed',
      'secret managed',
    ]);
    for (const { outcome, versions, blob } of ofCertificate) {
      if (outcome === 'stored') expect(versions).toBe(3);
      else expect(blob).toBeNull();
    }
  });

  test('chains snapshots that an independent reader verifies and opens', async () => {
    const second = await app.backUp('contoso-prod');
    const monthly = await app.backUp('contoso-prod', 'monthly');
    const third = await app.backUp('contoso-prod');
    expect([second.status, monthly.status, third.status]).toEqual(['succeeded', 'succeeded', 'succeeded']);

    const source = containerSource(archive(app, 'daily'));
    const { findings, snapshots } = await verifySnapshots({
      source,
      otherTierSource: containerSource(archive(app, 'monthly')),
      vault: 'contoso-prod',
      tier: 'daily',
      pinnedKeys: [await signingKey(app)],
      now: app.stack.now(),
    });
    expect(findings).toEqual([]);
    expect(snapshots.map(({ manifest }) => manifest.sequence)).toEqual([3, 2, 1]);
    expect(snapshots[0]!.id).toBe(third.snapshot);
    expect(snapshots[0]!.digest).toBe((await app.snapshot(third.id)).digest);
    expect(snapshots[0]!.manifest.otherTier).toMatchObject({ tier: 'monthly', snapshot: monthly.id });

    const opened = await openSnapshot({
      source,
      snapshot: snapshots[0]!,
      opener: offlineOpener(offline.privateJwk),
    });
    const password = opened.objects.find(({ name }) => name === 'db-password')!;
    const item = await opened.openItem(password);
    expect(item.versions).toHaveLength(3);
    expect(item.versions.map(({ tags }) => tags)).toContainEqual({ team: 'payments' });
    expect(item.backup.length).toBeGreaterThan(100);
  });

  test('holds certificates that come back whole after they were purged', async () => {
    const read = async (path: string) =>
      (await asPerson(app.stack, { vault: 'contoso-prod', method: 'GET', path })).body;
    const everything = async (name: string) => {
      const { value: versions } = (await read(`/certificates/${name}/versions`)) as { value: { id: string }[] };
      const paths = versions.map(({ id }) => id.split('/').at(-1)!).sort();
      const found = paths.flatMap((version) =>
        ['certificates', 'keys', 'secrets'].map((kind) => `/${kind}/${name}/${version}`),
      );
      return Promise.all(found.map(read));
    };
    const { id } = await app.backUp('contoso-prod');
    const source = containerSource(archive(app, 'daily'));
    const { snapshots } = await verifySnapshots({
      source,
      vault: 'contoso-prod',
      tier: 'daily',
      pinnedKeys: [await signingKey(app)],
    });
    const snapshot = snapshots.find((candidate) => candidate.id === id)!;
    const opened = await openSnapshot({ source, snapshot, opener: offlineOpener(offline.privateJwk) });
    for (const name of ['web-tls', 'locked-in']) {
      const certificate = opened.objects.find((object) => object.kind === 'certificate' && object.name === name)!;
      const { backup } = await opened.openItem(certificate);
      const before = await everything(name);
      expect(before).toHaveLength(3 * certificate.versions.length);
      const vault = 'contoso-prod';
      await asPerson(app.stack, { vault, method: 'DELETE', path: `/certificates/${name}` });
      await expect(purged(app, vault, name)).resolves.toBe(204);
      expect((await asPerson(app.stack, { vault, method: 'GET', path: `/secrets/${name}` })).status).toBe(404);
      await expect(restored(app, vault, backup)).resolves.toBe(200);
      expect(await everything(name)).toEqual(before);
    }
  });

  test('of an empty vault is a snapshot too', async () => {
    await app.stack.control.post('/vault-service/vaults/contoso-web/seed', {});
    const names = await app.objects((await app.backUp('contoso-web')).id);
    expect(names).toHaveLength(3);
  });
});
