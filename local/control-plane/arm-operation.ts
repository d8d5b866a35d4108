import { type JsonAnswer } from '../http/json-server';
import { type PathParameters } from '../http/path-template';
import { type ArmCaller } from './gate/arm-authentication';
import { type ResourcePath } from './resource-path';

/** One authorized request to the control plane, taken apart. */
export interface ArmRequest {
  path: ResourcePath;
  params: PathParameters;
  query: URLSearchParams;
  body: unknown;
  /** The `If-Match` header. */
  ifMatch: string | undefined;
  caller: ArmCaller;
  /** The address that was asked, on the host that the caller named. */
  url: URL;
}

/** One operation: where it is, what right it needs, and what it does. */
export interface ArmOperation {
  /** For faults and the request log, like `vaults.get`. */
  name: string;
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** What follows the last `/providers/`, or for a path without providers all of it; see `http/path-template.ts`. */
  path: string;
  /** Namespace and first type in lower case: whose api-versions hold. */
  type: string;
  /** The action that the caller needs. Undefined: the operation itself decides what the caller may see. */
  action: string | undefined;
  run: (request: ArmRequest) => JsonAnswer | Promise<JsonAnswer>;
}
