import { type IncomingHttpHeaders, type ServerResponse } from 'node:http';

import { type FunctionsCore, type RegisteredFunction } from '../core/functions-core';
import { FunctionFailure, type Invoker } from '../core/invoker';
import { type RpcCookie, type RpcHttp } from '../core/typed-data';
import { type AuthLevel, type FunctionKeys } from './function-keys';
import { type HttpCall, pathSegments, sendAnswer } from './http-call';
import { type RouteParameters, RouteTemplate } from './route-template';

interface Route {
  fn: RegisteredFunction;
  methods: readonly string[];
  authLevel: AuthLevel;
  template: RouteTemplate;
}

interface Nullable {
  value: string;
}

/** Serves the app's HTTP triggers under the route prefix of host.json. */
export class HttpTriggers {
  readonly #routes: Route[];

  /** @throws {StackStartError} `bad_route` */
  constructor(
    core: FunctionsCore,
    private readonly invoker: Invoker,
    private readonly keys: FunctionKeys,
    routePrefix: string,
  ) {
    this.#routes = [...core.functions.values()]
      .filter((fn) => fn.trigger.type === 'httpTrigger')
      .map((fn) => toRoute(fn, routePrefix))
      .sort((a, b) => a.template.compare(b.template));
  }

  /** Answers the call; 404 if no route fits it, 401 without the key that the route asks for, both with no body. */
  async serve(call: HttpCall, response: ServerResponse): Promise<void> {
    const path = pathSegments(call.url.pathname);
    for (const { fn, methods, authLevel, template } of this.#routes) {
      const parameters = methods.includes(call.method) ? template.match(path) : undefined;
      if (!parameters) continue;
      if (authLevel !== 'anonymous' && !this.keys.admits(call)) sendAnswer(response, { status: 401 });
      else await this.#invoke(fn, call, parameters, response);
      return;
    }
    sendAnswer(response, { status: 404 });
  }

  async #invoke(
    fn: RegisteredFunction,
    call: HttpCall,
    parameters: RouteParameters,
    response: ServerResponse,
  ): Promise<void> {
    try {
      const { returnValue } = await this.invoker.invoke(fn, { http: toRpcHttp(call, parameters) });
      if (returnValue?.http) sendFunctionAnswer(response, returnValue.http);
      else sendAnswer(response, { status: 204 });
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      sendAnswer(response, { status: 500 });
    }
  }
}

function toRoute(fn: RegisteredFunction, prefix: string): Route {
  const { route, methods, authLevel } = fn.trigger as { route?: string; methods?: string[]; authLevel?: string };
  return {
    fn,
    methods: (methods ?? ['GET', 'POST']).map((method) => method.toUpperCase()),
    authLevel: (authLevel?.toLowerCase() ?? 'function') as AuthLevel,
    template: new RouteTemplate(`${prefix}/${route ?? fn.name}`),
  };
}

function toRpcHttp(call: HttpCall, parameters: RouteParameters): RpcHttp {
  return {
    method: call.method,
    url: call.url.href,
    nullableHeaders: nullable(Object.entries(appHeaders(call.headers))),
    nullableQuery: nullable(call.query),
    nullableParams: nullable(Object.entries(parameters)),
    ...(call.body.length > 0 ? { body: { bytes: call.body } } : {}),
  };
}

function nullable(entries: Iterable<[string, string]>): Record<string, Nullable> {
  return Object.fromEntries([...entries].map(([key, value]) => [key, { value }]));
}

/** Headers of App Service's own authentication (`x-ms-client-principal`…) pass: where it is off, as here, anybody can send them. */
function appHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    kept[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return kept;
}

function sendFunctionAnswer(response: ServerResponse, answer: RpcHttp): void {
  response.statusCode = Number(answer.statusCode ?? 200);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.cookies?.length) response.appendHeader('set-cookie', answer.cookies.map(cookieText));
  response.end(answer.body?.bytes);
}

const SAME_SITE = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

function cookieText(cookie: RpcCookie): string {
  const parts = [`${encodeURIComponent(cookie.name ?? '')}=${encodeURIComponent(cookie.value ?? '')}`];
  if (cookie.expires) parts.push(`Expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`);
  if (cookie.maxAge) parts.push(`Max-Age=${cookie.maxAge.value}`);
  if (cookie.domain) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path) parts.push(`Path=${cookie.path.value}`);
  if (cookie.secure?.value) parts.push('Secure');
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  if (cookie.sameSite && cookie.sameSite !== 'none') parts.push(`SameSite=${SAME_SITE[cookie.sameSite]}`);
  return parts.join('; ');
}
