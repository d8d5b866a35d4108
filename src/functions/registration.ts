import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { type ActivityHandlers } from '../activities/handler';
import { type ActivityName } from '../contracts/activities';
import { type OrchestrationName } from '../contracts/orchestrations';
import { type RouteName, routes } from '../contracts/routes';
import { type Firing } from '../operations/firing';
import { answering, type Gate, type RouteHandler } from './http-answer';
import { runActivity } from './run-activity';
import { timed } from './timed';

// The ways in which `main.ts` makes something a function of the app. `client`: its handler is given the durable client.

/** Registers routes of the table. The host asks for no key: who calls is the app's own affair, and `gate` sees to it. */
export function routesThrough(gate: Gate) {
  return <N extends RouteName>(name: N, handle: RouteHandler<N>, { client = false } = {}): void => {
    const { method, path } = routes[name];
    app.http(name, {
      methods: [method],
      route: path,
      authLevel: 'anonymous',
      extraInputs: client ? [df.input.durableClient()] : [],
      handler: answering(name, handle, gate),
    });
  };
}

export function timer(
  name: string,
  schedule: string,
  start: (firing: Firing) => Promise<void>,
  options: { runOnStartup?: boolean } = {},
): void {
  app.timer(name, { schedule, ...options, extraInputs: [df.input.durableClient()], handler: timed(start) });
}

export function orchestration(name: OrchestrationName, generator: df.OrchestrationHandler): void {
  df.app.orchestration(name, generator);
}

export function activity<N extends ActivityName>(
  name: N,
  handlers: Pick<ActivityHandlers, N>,
  { client = false } = {},
): void {
  df.app.activity(name, {
    extraInputs: client ? [df.input.durableClient()] : [],
    handler: runActivity(name, handlers[name]),
  });
}
