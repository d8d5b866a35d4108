import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { SecretClient } from '@azure/keyvault-secrets';
import { gatewayClient, LocalVaults, TENANT } from '../vault-service/local-vaults';

const PROTECT = { oid: '44444444-4444-4444-8444-444444444444', clientId: '55555555-5555-4555-8555-555555555555' };
const SCOPE = 'https://vault.azure.net/.default';
const before = { endpoint: process.env.IDENTITY_ENDPOINT, header: process.env.IDENTITY_HEADER };
let vaults: LocalVaults;

beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.control('PUT', `principals/${PROTECT.oid}`, {
    clientId: PROTECT.clientId,
    name: 'protect',
    roles: ['Operator'],
  });
  process.env.IDENTITY_ENDPOINT = `${vaults.endpoints.identity}/msi/token`;
  process.env.IDENTITY_HEADER = vaults.endpoints.identityHeader;
});
afterAll(async () => {
  const restore = (name: string, value: string | undefined): void => {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  };
  restore('IDENTITY_ENDPOINT', before.endpoint);
  restore('IDENTITY_HEADER', before.header);
  await vaults.stop();
});

const ask = (query: string, header?: string): Promise<Response> =>
  fetch(
    `${vaults.endpoints.identity}/msi/token?${query}`,
    header === undefined ? {} : { headers: { 'X-IDENTITY-HEADER': header } },
  );

it('gives the default identity and a named one their tokens, through the real credentials', async () => {
  const unnamed = decodeJwt((await new ManagedIdentityCredential().getToken(SCOPE)).token);
  expect(unnamed).toMatchObject({
    aud: 'https://vault.azure.net',
    iss: `https://sts.windows.net/${TENANT}/`,
    ver: '1.0',
  });
  const token = await new ManagedIdentityCredential({ clientId: PROTECT.clientId }).getToken(SCOPE);
  expect(decodeJwt(token.token)).toMatchObject({ oid: PROTECT.oid, appid: PROTECT.clientId, roles: ['Operator'] });
  const lifetime = token.expiresOnTimestamp / 1000 - vaults.clock.now() / 1000;
  expect(Math.round(lifetime / 3600)).toBe(24);
});

it('lets DefaultAzureCredential open a vault', async () => {
  await vaults.vault('by-identity');
  await vaults.control('PUT', 'roles', { principal: PROTECT.oid, vault: 'by-identity', actions: ['secrets/*'] });
  const credential = new DefaultAzureCredential({ managedIdentityClientId: PROTECT.clientId });
  const httpClient = gatewayClient(vaults.endpoints.vaultGateway!);
  const client = new SecretClient('https://by-identity.vault.azure.net', credential, { httpClient });
  await client.setSecret('one', 'x');
  expect((await client.getSecret('one')).value).toBe('x');
});

it('answers in the form of App Service', async () => {
  const query = `api-version=2019-08-01&resource=${encodeURIComponent('https://vault.azure.net')}`;
  const header = vaults.endpoints.identityHeader!;
  const answer = (await (await ask(`${query}&client_id=${PROTECT.clientId}`, header)).json()) as Record<string, string>;
  expect(answer).toMatchObject({
    resource: 'https://vault.azure.net',
    token_type: 'Bearer',
    client_id: PROTECT.clientId,
  });
  expect(answer.expires_on).toMatch(/^\d{10}$/);
  expect((await ask(query)).status).toBe(401);
  expect((await ask(query, 'wrong')).status).toBe(401);
  expect((await ask(`${query}&client_id=66666666-6666-4666-8666-666666666666`, header)).status).toBe(400);
  expect((await ask('api-version=2017-09-01&resource=x', header)).status).toBe(400);
  expect((await ask('api-version=2019-08-01', header)).status).toBe(400);
});

it('publishes configuration and keys, with which any client checks a token for an API', async () => {
  const audience = 'api://strongroom';
  const token = await vaults.token({ oid: PROTECT.oid, aud: audience, roles: ['Reader', 'Operator'] });
  const address = `${vaults.endpoints.identity}/${TENANT}/v2.0/.well-known/openid-configuration`;
  const configuration = (await (await fetch(address)).json()) as { issuer: string; jwks_uri: string };
  expect(configuration.issuer).toBe(`https://login.microsoftonline.com/${TENANT}/v2.0`);
  expect(configuration.jwks_uri).toBe(`${vaults.endpoints.identity}/${TENANT}/discovery/v2.0/keys`);
  const check = (text: string) =>
    jwtVerify(text, createRemoteJWKSet(new URL(configuration.jwks_uri)), { issuer: configuration.issuer, audience });
  expect((await check(token)).payload).toMatchObject({
    ver: '2.0',
    roles: ['Reader', 'Operator'],
    azp: PROTECT.clientId,
  });
  await vaults.control('POST', 'signing-keys/rotate', {});
  const later = await vaults.token({ oid: PROTECT.oid, aud: audience });
  expect((await check(later)).protectedHeader.kid).not.toBe((await check(token)).protectedHeader.kid);
});

it('counts time by the clock of the stack', async () => {
  vaults.clock.setOffset(400 * 86_400_000);
  const token = await vaults.token({ expiresIn: 60 });
  expect(decodeJwt(token).exp! * 1000 - Date.now()).toBeGreaterThan(399 * 86_400_000);
});
