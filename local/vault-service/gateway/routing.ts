import { badParameter, KeyVaultError } from '../key-vault-error';
import { isObjectName } from '../kinds/object-kind';
import { type Operation } from '../kinds/operation';
import { matchPath, type PathParameters, segmentsOf } from '../../http/path-template';

const API_VERSION = /^(?:7\.\d|20\d\d-\d\d-\d\d)(?:-preview(?:\.\d)?)?$/;

/** An operation of the data plane, and what the path says. */
export interface Route {
  operation: Operation;
  parameters: PathParameters;
}

/** Finds the operation. Throws 404 or 405 if there is none, 400 if a name or the api-version is not valid. */
export function routeOf(operations: readonly Operation[], method: string, url: URL): Route {
  const segments = decodedSegments(url.pathname);
  const candidates = operations.flatMap((operation) => {
    const parameters = matchPath(operation.path, segments);
    return parameters === undefined ? [] : [{ operation, parameters }];
  });
  const route = candidates.find(({ operation }) => operation.method === method);
  if (route === undefined) {
    throw candidates.length === 0
      ? new KeyVaultError(404, 'NotFound', 'The request URI names nothing that this vault serves.')
      : new KeyVaultError(405, 'MethodNotAllowed', `The method ${method} is not allowed here.`);
  }
  const name = route.parameters.name;
  if (name !== undefined && !isObjectName(name))
    throw badParameter(`The request URI contains an invalid name: ${name}`);
  const version = url.searchParams.get('api-version');
  if (version === null) throw badParameter('api-version must be specified');
  if (!API_VERSION.test(version)) throw badParameter(`The specified version (${version}) is not recognized.`);
  return route;
}

function decodedSegments(pathname: string): string[] {
  try {
    return segmentsOf(pathname);
  } catch {
    throw badParameter('The request URI is not well encoded.');
  }
}
