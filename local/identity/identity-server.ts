import { timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server } from 'node:http';
import { createJsonServer, type JsonAnswer, ok } from '../http/json-server';
import { type Principals } from './principals';
import { type TokenIssuer } from './token-issuer';

/** How long a managed identity's token lives, as in Azure. */
const MANAGED_IDENTITY_TOKEN_SECONDS = 24 * 60 * 60;
const MANAGED_IDENTITY_API_VERSION = '2019-08-01';

/** What the identity listener needs. `header` is the secret that a managed-identity request must bring. */
export interface IdentityParts {
  principals: Principals;
  issuer: TokenIssuer;
  header: string;
}

const refusal = (status: number, message: string): JsonAnswer => ({ status, body: { statusCode: status, message } });

function sameSecret(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The App Service endpoint for managed identities: `GET /msi/token?api-version=2019-08-01&resource=…[&client_id=…]`. */
async function answerTokenRequest(parts: IdentityParts, request: IncomingMessage, url: URL): Promise<JsonAnswer> {
  if (!sameSecret(request.headers['x-identity-header'], parts.header)) {
    return refusal(401, 'The X-IDENTITY-HEADER is missing or wrong.');
  }
  const resource = url.searchParams.get('resource');
  if (url.searchParams.get('api-version') !== MANAGED_IDENTITY_API_VERSION)
    return refusal(400, 'The api-version is not supported.');
  if (resource === null || resource === '') return refusal(400, 'The resource is missing.');
  const principal = parts.principals.find(url.searchParams.get('client_id') ?? undefined);
  if (principal === undefined) {
    return refusal(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    );
  }
  const { token, expiresOn } = await parts.issuer.mint({
    ...principal,
    audience: resource,
    expiresIn: MANAGED_IDENTITY_TOKEN_SECONDS,
  });
  return ok({
    access_token: token,
    expires_on: String(expiresOn),
    resource,
    token_type: 'Bearer',
    client_id: principal.clientId,
  });
}

/** What an OpenID client reads first. The issuer is Entra ID's real one; the keys are fetched from here. */
function openIdConfiguration(tenantId: string, version: 'v1' | 'v2', origin: string): object {
  const issuer =
    version === 'v2' ? `https://login.microsoftonline.com/${tenantId}/v2.0` : `https://sts.windows.net/${tenantId}/`;
  return {
    issuer,
    jwks_uri: `${origin}/${tenantId}/discovery/${version === 'v2' ? 'v2.0/' : ''}keys`,
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['token'],
    subject_types_supported: ['pairwise'],
  };
}

const DISCOVERY = /^\/([0-9a-f-]{36})\/(v2\.0\/)?\.well-known\/openid-configuration$/i;
const KEYS = /^\/[0-9a-f-]{36}\/discovery\/(?:v2\.0\/)?keys$/i;

/** The identity server, not listening yet: managed-identity endpoint, OpenID configuration and keys of each tenant. */
export function createIdentityServer(parts: IdentityParts): Server {
  return createJsonServer((request, url) => {
    if (request.method !== 'GET') return { status: 405, body: { error: 'method_not_allowed' } };
    if (url.pathname === '/msi/token') return answerTokenRequest(parts, request, url);
    if (KEYS.test(url.pathname)) return ok(parts.issuer.jwks());
    const discovery = DISCOVERY.exec(url.pathname);
    if (discovery === null) return { status: 404, body: { error: 'not_found' } };
    const tenantId = (discovery[1] ?? '').toLowerCase();
    return ok(openIdConfiguration(tenantId, discovery[2] === undefined ? 'v1' : 'v2', url.origin));
  });
}
