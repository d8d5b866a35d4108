import { ok, type ExampleApi, type Route, startExampleApi } from './example-api';
import { type CommandResult, runInProcess } from './in-process';

const THUMBPRINT = 'NTpRvPUmp8c8qveRr3VZVGle7B2MPWUPU4nHYe-UoBA';
const KEK = 'https://strongroom-keys.vault.azure.net/keys/archive-kek';
const KID = `${KEK}/259c858e0cffd062f1e0d226dd4bb438`;
const version = {
  ...{ kek: KEK, kid: KID, thumbprint: THUMBPRINT, created: '2026-01-01T00:00:00.000Z', bits: 3072 },
  ...{ state: 'waiting_for_approval', fault: null, decided: null },
};
const offline = {
  ...{ kek: null, kid: null, thumbprint: 'r7u7mG2ZwoU98jgwWVUqvnb1v2uG0BNsbu28Vjg0VfM', created: null, bits: 2048 },
  ...{ state: 'in_use', fault: null, decided: { by: 'settings', at: null } },
};

let api: ExampleApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function run(argv: readonly string[], routes: Record<string, Route>): Promise<CommandResult> {
  await api?.close();
  api = await startExampleApi(routes);
  return runInProcess([...argv, '--api', api.url], { environment: { STRONGROOM_TOKEN: 'the-token' } });
}

test('recipients list shows every version with its state, and offline keys', async () => {
  const { exit, stdout } = await run(['recipients', 'list'], {
    'GET /api/recipients': () => ok({ recipients: [version, offline] }),
  });
  expect(exit).toBe(0);
  expect(stdout).toMatch(new RegExp(`${THUMBPRINT} +waiting for approval +- +${KID} +3072 +2026-01-01`));
  expect(stdout).toMatch(/in use +settings +offline key +2048 +-/);
});

test.each([
  ['approve', 'approval'],
  ['revoke', 'revocation'],
])('recipients %s sends thumbprint and reason, and shows the version', async (command, path) => {
  const decided = { ...version, state: 'approved', decided: { by: 'somebody', at: '2026-11-22T02:00:00.000Z' } };
  const { exit, stdout } = await run(['recipients', command, THUMBPRINT, '--reason', 'rotation'], {
    [`POST /api/recipients/${THUMBPRINT}/${path}`]: () => ok(decided),
  });
  expect(exit).toBe(0);
  expect(api?.requests.map(({ body }) => body)).toEqual([{ reason: 'rotation' }]);
  expect(stdout).toContain('by somebody, 2026-11-22 02:00:00Z');
});

test('recipients approve wants a thumbprint and a reason, and asks nothing without', async () => {
  expect((await run(['recipients', 'approve', 'all', '--reason', 'x'], {})).exit).toBe(2);
  expect((await run(['recipients', 'approve', THUMBPRINT], {})).exit).toBe(2);
  expect(api?.requests).toEqual([]);
});

test('signing-key show tells for how many vaults and tiers each version is introduced', async () => {
  const shown = { kid: KID, thumbprint: THUMBPRINT, created: null, isCurrent: true, needsNoRecord: false, fault: null };
  const { exit, stdout } = await run(['signing-key', 'show'], {
    'GET /api/signing-key': () => ok({ versions: [{ ...shown, introducedFor: 3 }], chains: 4 }),
  });
  expect(exit).toBe(0);
  expect(stdout).toMatch(new RegExp(`${THUMBPRINT} +current +3 of 4 +${KID}`));
});

test('signing-key introduce sends the reason and a key, if one is named', async () => {
  const answer = { kid: KID, thumbprint: THUMBPRINT, introduced: 3, alreadyIntroduced: 1 };
  const routes = { 'POST /api/signing-key/introduction': () => ok(answer) };
  const { exit, stdout } = await run(['signing-key', 'introduce', '--reason', 'r', '--key-id', KID], routes);
  expect(exit).toBe(0);
  expect(api?.requests.map(({ body }) => body)).toEqual([{ reason: 'r', keyId: KID }]);
  expect(stdout).toContain('for 3 vaults and tiers');
  const { stdout: json } = await run(['signing-key', 'introduce', '--reason', 'r', '--json'], routes);
  expect(api?.requests.map(({ body }) => body)).toEqual([{ reason: 'r' }]);
  expect(JSON.parse(json)).toEqual(answer);
});
