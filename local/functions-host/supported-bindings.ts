import { StackStartError } from '../process/stack-process';
import { type RegisteredFunction } from './core/functions-core';

const TRIGGERS = ['httpTrigger', 'timerTrigger', 'queueTrigger', 'orchestrationTrigger', 'activityTrigger'];
const INPUTS = ['durableClient', 'orchestrationClient'];

/**
 * Refuses a function that asks for something that this host does not do, instead of leaving it without effect.
 * @throws {StackStartError} `unsupported_function`
 */
export function checkSupported(fn: RegisteredFunction): void {
  const refuse = (what: string): never => {
    throw new StackStartError(
      'unsupported_function',
      `The local Functions host does not support ${what} of the function ${fn.name}.`,
    );
  };
  if (!TRIGGERS.includes(fn.trigger.type)) refuse(`the trigger "${fn.trigger.type}"`);
  if (fn.retryOptions !== undefined && fn.retryOptions !== null) refuse('the retry policy');
  for (const [name, { type, direction }] of Object.entries(fn.bindings)) {
    if (name === fn.trigger.name || (direction === 'in' && INPUTS.includes(type))) continue;
    if (direction === 'out' && type === 'http' && name === '$return') continue;
    refuse(`the ${direction === 'in' ? 'input' : 'output'} binding "${type}"`);
  }
}
