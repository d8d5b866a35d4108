import { RestError } from '@azure/core-rest-pipeline';
import { expectThat, UnmetExpectation } from './expectation';

/** How a service refused, as people write it: `409 BlobImmutableDueToPolicy`. */
export type Refusal = `${number} ${string}`;

/** Expects that a service refuses `attempt` with just that answer; `what` completes "Expected … to be refused". */
export async function expectRefused(what: string, refusal: Refusal, attempt: () => Promise<unknown>): Promise<void> {
  let answer: string;
  try {
    await attempt();
    answer = 'done';
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    answer = `${error.statusCode ?? 'no answer'} ${error.code ?? ''}`.trim();
  }
  if (answer === 'done') throw new UnmetExpectation(`Expected ${what} to be refused with ${refusal}, but it was done.`);
  expectThat(answer === refusal, `${what} to be refused with ${refusal}`, `the answer was ${answer}`);
}
