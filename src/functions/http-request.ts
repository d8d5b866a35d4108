import { type HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { contractOf, pathParameters, type RouteName } from '../contracts/routes';
import { StrongroomError } from '../errors';

const MAX_BODY_BYTES = 64 * 1024;
const nothing = z.strictObject({});
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** A place in a request, and what is wrong there. */
export interface RequestFault {
  path: string;
  message: string;
}

/** An `invalid_request` with the places that are wrong. */
export class InvalidRequest extends StrongroomError {
  constructor(
    message: string,
    readonly errors: readonly RequestFault[],
  ) {
    super('invalid_request', message);
  }
}

/** The parameters in the path, which Functions hosts give decoded: `%2F` and dots are seen here as what they are. */
export function readParameters(request: HttpRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.params).map(([name, value]) => {
      const schema = (pathParameters as Partial<Record<string, z.ZodType<string>>>)[name];
      const parsed = schema?.safeParse(value);
      if (parsed?.success !== true)
        throw new InvalidRequest('The address holds an id or a name that cannot be one.', [
          { path: name, message: 'has not the form of one' },
        ]);
      return [name, parsed.data];
    }),
  );
}

/** The query parameters, fitted to the route's schema. Unknown ones are refused, and those that are given twice. */
export function readQuery(name: RouteName, request: HttpRequest): object {
  const entries = [...new URL(request.url).searchParams];
  const twice = entries.find(([key], index) => entries.findIndex(([other]) => other === key) !== index);
  if (twice !== undefined)
    throw new InvalidRequest('A query parameter is given twice.', [
      { path: twice[0].slice(0, 60), message: 'is given twice' },
    ]);
  return fitting(contractOf(name).query, Object.fromEntries(entries));
}

/**
 * The body, fitted to the route's schema; no body counts as `{}`. Throws `body_too_large` beyond 64 KiB, whatever `Content-Length` says,
 * `unsupported_media_type` for anything but JSON, and `invalid_request`.
 */
export async function readBody(name: RouteName, request: HttpRequest): Promise<object> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MAX_BODY_BYTES) throw tooLarge();
  if (bytes.byteLength > 0 && !JSON_TYPE.test(request.headers.get('content-type') ?? ''))
    throw new StrongroomError('unsupported_media_type', 'The body must be JSON, with content type application/json.');
  return fitting(contractOf(name).body, bytes.byteLength === 0 ? {} : parsed(bytes));
}

function parsed(bytes: ArrayBuffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new InvalidRequest('The body is not JSON.', [{ path: '', message: 'is not JSON' }]);
  }
}

function tooLarge(): StrongroomError {
  return new StrongroomError('body_too_large', `The body is too large: at most ${MAX_BODY_BYTES} bytes.`);
}

function fitting(schema: z.ZodType | undefined, value: unknown): object {
  const result = (schema ?? nothing).safeParse(value);
  if (result.success) return result.data as object;
  throw new InvalidRequest(
    'Some fields are not valid.',
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
}
