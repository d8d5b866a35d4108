import { errors } from 'jose';
import { type TokenIssuer } from '../../identity/token-issuer';
import { ArmError } from '../arm-error';

/** The resource of Azure Resource Manager, which a token must be for. */
const ARM_RESOURCE = 'https://management.azure.com';

/** Who sent a request. */
export interface ArmCaller {
  oid: string;
  tenantId: string;
}

function unauthorized(code: string, message: string): ArmError {
  const challenge = `Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token", error_description="${message}"`;
  return new ArmError(401, code, message, { 'www-authenticate': challenge });
}

function refusalOf(error: unknown): ArmError {
  if (error instanceof errors.JWTExpired) {
    return unauthorized('ExpiredAuthenticationToken', 'The access token expiry is in the past.');
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return unauthorized(
      'InvalidAuthenticationTokenAudience',
      'The access token has been obtained for wrong audience or resource.',
    );
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') {
    return unauthorized('InvalidAuthenticationTokenTenant', 'The access token is from the wrong issuer.');
  }
  return unauthorized('InvalidAuthenticationToken', 'The access token is invalid.');
}

/** The caller by the Authorization header. Throws 401 as Azure does. */
export async function armCallerOf(
  issuer: TokenIssuer,
  tenantId: string,
  header: string | undefined,
): Promise<ArmCaller> {
  const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) {
    throw unauthorized('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
  }
  try {
    const { oid } = await issuer.verify(token, tenantId, ARM_RESOURCE);
    return { oid: typeof oid === 'string' ? oid.toLowerCase() : '', tenantId };
  } catch (error) {
    throw refusalOf(error);
  }
}
