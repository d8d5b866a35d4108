/**
 * Where Entra ID is in each cloud, and who it says it is in tokens: `v2` issuers by the sign-in host, `v1` issuers by the token service.
 * Sources: learn.microsoft.com `entra/identity-platform/authentication-national-cloud`, `entra/identity-platform/access-tokens`, and
 * `answers/questions/1190472` (issuers of the sovereign clouds). Both names of China's host give the same issuer.
 */
const AUTHORITIES = {
  'https://login.microsoftonline.com': { v1: 'https://sts.windows.net', v2: 'https://login.microsoftonline.com' },
  'https://login.microsoftonline.us': { v1: 'https://sts.windows.net', v2: 'https://login.microsoftonline.us' },
  'https://login.partner.microsoftonline.cn': {
    v1: 'https://sts.chinacloudapi.cn',
    v2: 'https://login.partner.microsoftonline.cn',
  },
  'https://login.chinacloudapi.cn': {
    v1: 'https://sts.chinacloudapi.cn',
    v2: 'https://login.partner.microsoftonline.cn',
  },
} as const;

/** A sign-in host of Entra ID. */
export type AuthorityHost = keyof typeof AUTHORITIES;

/** The sign-in hosts of all clouds, the public one first. */
export const authorityHosts = Object.keys(AUTHORITIES) as [AuthorityHost, ...AuthorityHost[]];

/**
 * The two issuers of a tenant. Which of them a token carries is decided by the app registration (`requestedAccessTokenVersion`), not by the
 * endpoint that the caller asked; hence both.
 */
export function issuersOf(host: AuthorityHost, tenantId: string): string[] {
  const { v1, v2 } = AUTHORITIES[host];
  return [`${v2}/${tenantId}/v2.0`, `${v1}/${tenantId}/`];
}

/** Where a tenant's public signing keys are. `base` is the sign-in host, or on a developer's machine the local issuer. */
export function signingKeysUrl(base: string, tenantId: string): URL {
  return new URL(`${base.replace(/\/$/, '')}/${tenantId}/discovery/v2.0/keys`);
}
