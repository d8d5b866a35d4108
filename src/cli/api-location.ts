import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { usageFailure } from './cli-failure';
import { systemCode } from './system-code';

/** Where the API is and what opens it. The token must not be printed. */
export interface ApiLocation {
  /** Without a slash at the end; paths start with `/api/`. */
  base: string;
  /** A bearer token that is at hand; without one, somebody has to sign in. */
  token: GivenToken | undefined;
  /** Where the address comes from, in words for an error text. */
  source: string;
  /** What stands in for Azure Resource Manager, if this is the API of a local stack. */
  controlPlane?: LocalControlPlane;
}

/** A local stack's stand-in for Azure Resource Manager, with the token that opens it: a person's own never goes there. */
export interface LocalControlPlane {
  /** On this machine. */
  gateway: string;
  token: string;
}

/** A token that somebody left for us, and where. */
interface GivenToken {
  value: string;
  source: string;
}

export interface LocationInput {
  /** `--api` */
  api: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  workingDirectory: string;
}

const stackFileSchema = z.object({
  api: z.string().min(1),
  token: z.string().min(1),
  controlPlane: z.string().min(1).optional(),
  managementToken: z.string().min(1).optional(),
});

/**
 * Finds the API: `--api`, else `STRONGROOM_API`, else the nearest `.strongroom/stack.json` upward from the working directory. The token is the one in
 * `STRONGROOM_TOKEN`, else that of a stack file, if it belongs to exactly that address.
 * @throws CliFailure `api_not_configured`, `invalid_api_address`, `stack_file_unreadable`; all are wrong usage.
 */
export function locateApi(input: LocationInput): ApiLocation {
  const value = nonEmpty(input.environment['STRONGROOM_TOKEN']);
  const token = value === undefined ? undefined : { value, source: 'STRONGROOM_TOKEN' };
  if (input.api !== undefined) {
    const base = parseBase(input.api, '--api');
    return guarded({ ...atStack(base, token, input.workingDirectory), source: '--api' });
  }
  const fromEnvironment = nonEmpty(input.environment['STRONGROOM_API']);
  if (fromEnvironment !== undefined) {
    const base = parseBase(fromEnvironment, 'STRONGROOM_API');
    return guarded({ ...atStack(base, token, input.workingDirectory), source: 'STRONGROOM_API' });
  }
  const stack = readStackFile(input.workingDirectory);
  if (stack !== undefined) return guarded({ ...stack, token: token ?? stack.token });
  throw usageFailure('api_not_configured', 'no Strongroom API is known here. There are three ways to name one:', [
    'pass --api URL',
    'set STRONGROOM_API',
    'start a stack with `npm start`; it writes .strongroom/stack.json, which is found from its folder and from those below',
  ]);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/** The text itself is never repeated: people paste addresses with tokens in them. */
function parseBase(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageFailure('invalid_api_address', `${source} is no address like https://my-strongroom.azurewebsites.net`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageFailure(
      'invalid_api_address',
      `${source} must be the bare address, without credentials, query or fragment; a token goes into STRONGROOM_TOKEN`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** A token that no header can carry would be quoted in `fetch`'s error. */
function guarded(location: ApiLocation): ApiLocation {
  const { token } = location;
  if (token === undefined) return location;
  if (!/^[\x21-\x7e]+$/.test(token.value)) {
    throw usageFailure('invalid_token', `the token holds characters that no token has (${token.source})`);
  }
  requireSafeTransport(location);
  return location;
}

/**
 * A token that anybody on the way could read is as good as published.
 * @throws CliFailure `invalid_api_address`
 */
export function requireSafeTransport({ base, source }: ApiLocation): void {
  const { protocol, hostname } = new URL(base);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    throw usageFailure(
      'invalid_api_address',
      `${source} is a plain http address on another machine, and the token would travel in clear text: use https`,
    );
  }
}

/** Whether the host of an address is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** An address that was named otherwise, with what a stack file knows of exactly it. */
function atStack(base: string, token: GivenToken | undefined, workingDirectory: string): Omit<ApiLocation, 'source'> {
  const stack = stackAt(base, workingDirectory);
  const { controlPlane } = stack ?? {};
  return { base, token: token ?? stack?.token, ...(controlPlane === undefined ? {} : { controlPlane }) };
}

function stackAt(base: string, workingDirectory: string): ApiLocation | undefined {
  try {
    const stack = readStackFile(workingDirectory);
    return stack?.base === base ? stack : undefined;
  } catch {
    // The operator named another address: a damaged file beside the way is none of this command's business.
    return undefined;
  }
}

function readStackFile(workingDirectory: string): ApiLocation | undefined {
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    const path = join(folder, '.strongroom', 'stack.json');
    const text = readIfThere(path);
    if (text !== undefined) return parseStackFile(text, path);
    if (dirname(folder) === folder) return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw usageFailure('stack_file_unreadable', `${path} cannot be read (${code ?? 'for an unknown reason'})`);
  }
}

function parseStackFile(text: string, path: string): ApiLocation {
  const parsed = stackFileSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw usageFailure('stack_file_unreadable', `${path} is no stack file with \`api\` and \`token\``, [
      'start the stack again with `npm start`, which rewrites the file, or pass --api URL',
    ]);
  }
  const { api, token, controlPlane, managementToken } = parsed.data;
  const base = parseBase(api, path);
  const gateway = controlPlane === undefined ? undefined : parseBase(controlPlane, path);
  // The file may have come with a folder that somebody else made; it must not lead a token of ours to them.
  if (![base, gateway ?? base].every((address) => isLoopback(new URL(address).hostname))) {
    throw usageFailure('stack_file_unreadable', `${path} names another machine; a stack runs on this one`);
  }
  return guarded({
    base,
    token: { value: token, source: path },
    source: path,
    ...(gateway === undefined || managementToken === undefined
      ? {}
      : { controlPlane: { gateway, token: managementToken } }),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
