import { type ApiLocation, requireSafeTransport } from './api-location';
import { CliFailure, usageFailure } from './cli-failure';
import { exitCodes } from './exit-codes';

const methods = ['default', 'device-code'] as const;
type SignInMethod = (typeof methods)[number];

/** Who hands out tokens. Azure's credentials are such. */
interface Credential {
  getToken(scope: string, options: { abortSignal: AbortSignal }): Promise<IssuedToken | null>;
}

/** A token, and how long it is good. */
export interface IssuedToken {
  token: string;
  /** Milliseconds since 1970. */
  expiresOnTimestamp: number;
}

/** Makes a credential. `prompt` tells the person where to enter which code. */
export type CredentialSource = (
  wish: { method: SignInMethod; tenantId: string | undefined },
  prompt: (address: string, code: string) => void,
) => Promise<Credential>;

export interface SignInOptions {
  location: ApiLocation;
  /** `--device-code` */
  deviceCode: boolean;
  environment: Readonly<Record<string, string | undefined>>;
  credentials: CredentialSource;
  /** Where the person is told what to do. */
  tell: (line: string) => void;
  now: () => Date;
  signal: AbortSignal;
}

/** Azure's own services: a token for one of them opens far more than Strongroom, whoever answers at the API's address. */
const AZURE_ITSELF =
  /^https:\/\/(?:[a-z0-9-]+\.)*(?:azure\.(?:net|com|cn|us)|windows\.net|microsoft\.com|microsoftonline\.com|usgovcloudapi\.net|chinacloudapi\.cn)(?:[/:]|$)/i;
/** A token is not used in its last moments: the request must still arrive. */
const MARGIN_MS = 2 * 60_000;

/**
 * Gets tokens by signing in, when none is at hand. What the token is for comes from `STRONGROOM_SCOPE` and never from the server: else anybody who answers
 * at a mistyped address could have a token for anything. The token is kept in this process alone, until shortly before it runs out.
 * @returns what gives a token, and throws CliFailure: `not_signed_in` and `invalid_sign_in` (wrong usage), `invalid_api_address`, `sign_in_failed`.
 */
export function createSignIn(options: SignInOptions): () => Promise<string> {
  const issue = createTokenSource(options, {
    scope: () => {
      requireSafeTransport(options.location);
      return readScope(options);
    },
    hint: 'STRONGROOM_SCOPE must name the app registration of the API',
  });
  return async () => (await issue()).token;
}

/**
 * Gets tokens for Azure Resource Manager, as the person who runs the command. They go to Azure's own address and nowhere else: that is for the caller
 * to see to. Throws CliFailure: `invalid_sign_in`, `sign_in_failed`.
 * @param endpoint base address of Azure Resource Manager
 */
export function createManagementSignIn(
  options: Omit<SignInOptions, 'location'>,
  endpoint: string,
): () => Promise<IssuedToken> {
  return createTokenSource(options, {
    scope: () => `${endpoint}/.default`,
    hint: 'AZURE_AUTHORITY_HOST chooses the cloud',
  });
}

function createTokenSource(
  options: Omit<SignInOptions, 'location'>,
  aim: { scope: () => string; hint: string },
): () => Promise<IssuedToken> {
  let credential: Promise<Credential> | undefined;
  let kept: IssuedToken | undefined;
  return async () => {
    if (kept !== undefined && kept.expiresOnTimestamp - MARGIN_MS > options.now().getTime()) return kept;
    const scope = aim.scope();
    const wish = readWish(options);
    credential ??= options.credentials(wish, (address, code) => {
      options.tell(`To sign in, open ${printable(address)} and enter the code ${printable(code)}`);
    });
    try {
      kept = (await (await credential).getToken(scope, { abortSignal: options.signal })) ?? undefined;
    } catch (error) {
      throw failed(wish.method, aim.hint, error);
    }
    if (kept === undefined) throw failed(wish.method, aim.hint, undefined);
    return kept;
  };
}

function given({ environment }: Pick<SignInOptions, 'environment'>, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}

function readScope(options: SignInOptions): string {
  const scope = given(options, 'STRONGROOM_SCOPE');
  if (scope === undefined) {
    throw usageFailure('not_signed_in', 'there is no token, and nothing says what to sign in for', [
      'set STRONGROOM_SCOPE, such as api://<client id of the API>/.default, and sign in with `az login` or --device-code',
      'or set STRONGROOM_TOKEN',
    ]);
  }
  if (!/^[\x21-\x7e]+$/.test(scope)) throw usageFailure('invalid_sign_in', 'STRONGROOM_SCOPE must be one scope');
  if (AZURE_ITSELF.test(scope)) {
    throw usageFailure(
      'invalid_sign_in',
      'STRONGROOM_SCOPE names a service of Azure itself; such a token must not be sent to another API',
    );
  }
  return scope;
}

function readWish(options: Omit<SignInOptions, 'location'>): { method: SignInMethod; tenantId: string | undefined } {
  const method = options.deviceCode ? 'device-code' : (given(options, 'STRONGROOM_SIGN_IN') ?? 'default');
  if (!isMethod(method)) {
    throw usageFailure('invalid_sign_in', `STRONGROOM_SIGN_IN must be ${methods.join(' or ')}`);
  }
  const tenantId = given(options, 'STRONGROOM_TENANT');
  if (method === 'device-code' && tenantId === undefined) {
    throw usageFailure('invalid_sign_in', 'signing in by a code needs the tenant in STRONGROOM_TENANT');
  }
  return { method, tenantId };
}

function isMethod(method: string): method is SignInMethod {
  return (methods as readonly string[]).includes(method);
}

/** Of foreign texts only Entra ID's error numbers are repeated: the rest may quote anything. */
function failed(method: SignInMethod, hint: string, cause: unknown): CliFailure {
  const codes = [...new Set(textsOf(cause).flatMap((text) => text.match(/\bAADSTS\d+\b/g) ?? []))];
  const known = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  return new CliFailure('sign_in_failed', `no token could be got from Entra ID${known}`, {
    exit: exitCodes.refused,
    unsent: true,
    hints: [
      method === 'default'
        ? 'sign in with `az login`, or use --device-code; STRONGROOM_TENANT chooses the tenant'
        : 'check STRONGROOM_TENANT, and that the API lets this kind of sign-in have its scope',
      hint,
    ],
  });
}

function textsOf(cause: unknown): string[] {
  if (!(cause instanceof Error)) return [];
  const inner: unknown[] = 'errors' in cause && Array.isArray(cause.errors) ? cause.errors : [];
  return [cause.message, ...inner.flatMap(textsOf)];
}

function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
