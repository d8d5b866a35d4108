import { type HttpRequest } from '@azure/functions';
import { type TokenVerifier } from '../access/port';
import { type Caller, type Role } from '../contracts/callers';
import { contractOf, type RouteName } from '../contracts/routes';
import { StrongroomError } from '../errors';

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i;
const NO_TOKEN = 'no_token';
const REALM = 'Bearer realm="strongroom"';

/** A `role_missing` with the roles that would do. */
export class RoleMissing extends StrongroomError {
  constructor(
    readonly roles: readonly Role[],
    /** Who lacks them. */
    readonly caller: Caller,
  ) {
    super(
      'role_missing',
      `This needs one of the app roles ${roles.join(', ')}. Ask an administrator of the tenant to assign one, then get a new token.`,
    );
  }
}

/**
 * Lets a caller in or throws: `unauthenticated`, `role_missing`, `identity_unavailable`. The `Authorization` header alone counts. Headers in which
 * a proxy or App Service's own authentication would name somebody, function keys, cookies and the query are never looked at:
 * whoever reaches the app directly can send them.
 */
export async function admit(
  name: RouteName,
  request: HttpRequest,
  verifier: TokenVerifier,
): Promise<Caller | undefined> {
  const { roles } = contractOf(name);
  if (roles === 'anonymous') return undefined;
  const authorization = request.headers.get('authorization');
  if (authorization === null)
    throw new StrongroomError(
      'unauthenticated',
      'This needs a bearer token of Entra ID, in the header Authorization. The command line gets one when you sign in.',
      { details: { reason: NO_TOKEN } },
    );
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined)
    throw new StrongroomError('unauthenticated', 'The header Authorization must be "Bearer" and one token.', {
      details: { reason: 'no_bearer_token' },
    });
  const caller = await verifier.verify(token);
  if (!roles.some((role) => caller.roles.includes(role))) throw new RoleMissing(roles, caller);
  return caller;
}

/** The `WWW-Authenticate` of a refusal (RFC 6750, section 3): no error code for who sent nothing, and never what is wrong with a token. */
export function challengeOf(error: StrongroomError): string | undefined {
  if (error.code === 'role_missing') return `${REALM}, error="insufficient_scope"`;
  if (error.code !== 'unauthenticated') return undefined;
  return error.details['reason'] === NO_TOKEN ? REALM : `${REALM}, error="invalid_token"`;
}
