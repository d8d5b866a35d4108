import { ArmError } from './arm-error';

/** A path taken apart: what it hangs on, the provider, and the segments after it. Everything compares without case. */
export interface ResourcePath {
  /** As the caller wrote it, without a slash at the end; empty at the root. */
  path: string;
  /** The part before the last `/providers/`: a subscription, a resource group or a resource. */
  scope: string;
  /** Lower case, such as `microsoft.keyvault`; empty if the path names no provider. */
  namespace: string;
  /** Types and names in turn, as written: `vaults`, `contoso`. */
  segments: string[];
}

const SCOPE = /^\/subscriptions\/([^/]+)(?:\/resourcegroups\/([^/]+))?/i;

/** Takes a path apart. Throws 400 for one that is not well encoded. */
export function parseResourcePath(pathname: string): ResourcePath {
  const parts = decoded(pathname)
    .split('/')
    .filter((part) => part !== '');
  const path = parts.map((part) => `/${part}`).join('');
  const provider = parts.findLastIndex((part) => part.toLowerCase() === 'providers');
  if (provider < 0) return { path, scope: path, namespace: '', segments: [] };
  const [namespace = '', ...segments] = parts.slice(provider + 1);
  return {
    path,
    scope: parts
      .slice(0, provider)
      .map((part) => `/${part}`)
      .join(''),
    namespace: namespace.toLowerCase(),
    segments,
  };
}

/** The subscription and the resource group of a scope, in lower case; undefined where it names none. */
export function groupOf(scope: string): { subscription: string | undefined; resourceGroup: string | undefined } {
  const [, subscription, resourceGroup] = SCOPE.exec(scope) ?? [];
  return { subscription: subscription?.toLowerCase(), resourceGroup: resourceGroup?.toLowerCase() };
}

/** Whether `scope` is `above` or lies below it. */
export function isWithin(scope: string, above: string): boolean {
  const [inner, outer] = [scope.toLowerCase(), above.toLowerCase().replace(/\/$/, '')];
  return inner === outer || inner.startsWith(`${outer}/`);
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    throw new ArmError(400, 'InvalidRequestUri', 'The request URI is not well encoded.');
  }
}
