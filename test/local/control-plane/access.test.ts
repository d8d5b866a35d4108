import { LocalControlPlane, READER, SUBSCRIPTION, vaultId } from './local-control-plane';

let plane: LocalControlPlane;

beforeAll(async () => {
  plane = await LocalControlPlane.start();
  await plane.vaults.vault('contoso');
});
afterAll(() => plane.stop());
beforeEach(async () => {
  await plane.order('DELETE', 'role-assignments');
  await plane.order('DELETE', 'faults');
});

test('who brings no token that is good is refused with 401 and told where to get one', async () => {
  await plane.allow('Reader');
  const cases = [
    [null, 'AuthenticationFailed'],
    ['Basic abc', 'AuthenticationFailed'],
    ['Bearer rubbish', 'InvalidAuthenticationToken'],
    [`Bearer ${await plane.token({ aud: 'https://vault.azure.net' })}`, 'InvalidAuthenticationTokenAudience'],
    [`Bearer ${await plane.token({ expiresIn: -60 })}`, 'ExpiredAuthenticationToken'],
    [
      `Bearer ${await plane.token({ tenantId: '33333333-3333-4333-8333-333333333333' })}`,
      'InvalidAuthenticationTokenTenant',
    ],
  ] as const;
  for (const [authorization, code] of cases) {
    const { status, headers, body } = await plane.ask(vaultId('contoso'), { authorization });
    expect({ status, code: body.error?.code }).toEqual({ status: 401, code });
    expect(headers.get('www-authenticate')).toContain('authorization_uri=');
  }
  expect((await plane.ask(vaultId('contoso'))).status).toBe(200);
});

test('the managed identity endpoint gives tokens for the control plane', async () => {
  const { identity, identityHeader } = plane.vaults.endpoints;
  const { principals } = (await plane.vaults.control('GET', 'principals')) as unknown as {
    principals: { oid: string; default: boolean }[];
  };
  const principal = principals.find((candidate) => candidate.default)!.oid;
  await plane.allow('Reader', { principal });
  const response = await fetch(
    `${identity}/msi/token?api-version=2019-08-01&resource=${encodeURIComponent('https://management.azure.com')}`,
    { headers: { 'x-identity-header': identityHeader ?? '' } },
  );
  const { access_token: token } = (await response.json()) as { access_token: string };
  expect((await plane.ask(vaultId('contoso'), { authorization: `Bearer ${token}` })).status).toBe(200);
});

test('without a role nothing is told, not even whether it exists; the text names caller, action and scope', async () => {
  for (const name of ['contoso', 'no-such-vault']) {
    const { status, body } = await plane.ask(vaultId(name));
    expect(status).toBe(403);
    expect(body.error).toEqual({
      code: 'AuthorizationFailed',
      message:
        `The client '${READER}' with object id '${READER}' does not have authorization to perform action ` +
        `'Microsoft.KeyVault/vaults/read' over scope '${vaultId(name)}' or the scope is invalid. If access was recently ` +
        'granted, please refresh your credentials.',
    });
  }
});

test('a role holds at its scope and below it, for its actions and nothing else', async () => {
  await plane.vaults.vault('contoso-2');
  await plane.order('PUT', 'role-definitions', {
    name: 'Vault looker',
    actions: ['Microsoft.KeyVault/vaults/*'],
    notActions: ['Microsoft.KeyVault/vaults/delete'],
  });
  await plane.allow('Vault looker', { scope: vaultId('contoso') });
  expect((await plane.ask(vaultId('contoso').toUpperCase().replace('CONTOSO', 'contoso'))).status).toBe(200);
  expect((await plane.ask(vaultId('contoso-2'))).status).toBe(403);
  const assignments = `${vaultId('contoso')}/providers/Microsoft.Authorization/roleAssignments`;
  expect((await plane.ask(assignments, { version: '2022-04-01' })).status).toBe(403);
  await plane.order('DELETE', `role-assignments?principal=${READER}`);
  expect((await plane.ask(vaultId('contoso'))).status).toBe(403);
});

test('the api-version is required, and must be one of the type', async () => {
  await plane.allow('Reader');
  const codeFor = async (version: string | null) => {
    const { status, body } = await plane.ask(vaultId('contoso'), { version });
    return `${status} ${body.error?.code ?? ''}`;
  };
  expect(await codeFor(null)).toBe('400 MissingApiVersionParameter');
  expect(await codeFor('latest')).toBe('400 InvalidApiVersionParameter');
  expect(await codeFor('2021-04-01')).toBe('400 NoRegisteredProviderFound');
  expect(await codeFor('2026-02-01')).toBe('200 ');
});

test('what is not there, not served, or not allowed by method', async () => {
  await plane.allow('Reader');
  const codeOf = async (path: string, method = 'GET') => {
    const { status, body } = await plane.ask(path, { method });
    return `${status} ${body.error?.code ?? ''}`;
  };
  expect(await codeOf(vaultId('no-such-vault'))).toBe('404 ResourceNotFound');
  expect(await codeOf(vaultId('contoso').replace('/strongroom/', '/elsewhere/'))).toBe('404 ResourceNotFound');
  expect(await codeOf(vaultId('contoso').replace('Microsoft.KeyVault', 'Microsoft.Nothing'))).toBe(
    '404 InvalidResourceType',
  );
  expect(await codeOf(vaultId('contoso'), 'DELETE')).toBe('405 MethodNotAllowed');
  expect(await codeOf('/subscriptions/%E0%A4%A')).toBe('400 InvalidRequestUri');
});

test('faults: throttled with Retry-After, failing, torn, redirected, each as often as asked', async () => {
  await plane.allow('Reader');
  await plane.order('POST', 'faults', { operation: 'vaults.get', kind: 'throttle', retryAfter: 7, next: 1 });
  await plane.order('POST', 'faults', { operation: 'vaults.*', kind: '503', next: 1 });
  await plane.order('POST', 'faults', { kind: 'redirect', location: 'https://elsewhere.example/', next: 1 });
  await plane.order('POST', 'faults', { kind: 'torn', next: 1 });
  const throttled = await plane.ask(vaultId('contoso'));
  expect({ status: throttled.status, after: throttled.headers.get('retry-after') }).toEqual({
    status: 429,
    after: '7',
  });
  expect((await plane.ask(vaultId('contoso'))).status).toBe(503);
  expect((await plane.ask(vaultId('contoso'))).status).toBe(307);
  await expect(plane.ask(vaultId('contoso'))).rejects.toThrow();
  expect((await plane.ask(vaultId('contoso'))).status).toBe(200);
  const { requests } = await plane.order('GET', 'requests');
  expect((requests as { operation: string; status: number }[]).slice(-5)).toEqual(
    [429, 503, 307, 0, 200].map((status) => ({ operation: 'vaults.get', method: 'GET', caller: READER, status })),
  );
});

test('the listing of resources shows what the caller may read, and refuses whoever may read nothing', async () => {
  await plane.vaults.vault('contoso-2');
  const path = `/subscriptions/${SUBSCRIPTION}/resources?$filter=${encodeURIComponent("resourceType eq 'Microsoft.KeyVault/vaults'")}`;
  expect((await plane.ask(path, { version: '2021-04-01' })).status).toBe(403);
  await plane.allow('Reader', { scope: vaultId('contoso-2') });
  expect((await plane.list(path, '2021-04-01')).names).toEqual(['contoso-2']);
  const named = `${path}${encodeURIComponent(" and name eq 'contoso'")}`;
  expect((await plane.list(named, '2021-04-01')).names).toEqual([]);
  const odd = `/subscriptions/${SUBSCRIPTION}/resources?$filter=${encodeURIComponent("color eq 'red'")}`;
  expect((await plane.ask(odd, { version: '2021-04-01' })).body.error?.code).toBe('InvalidFilterInQueryString');
});
