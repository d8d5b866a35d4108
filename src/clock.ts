/** Where the app takes the time from, so that years can be simulated. Orchestrations use `context.df.currentUtcDateTime`. */
export interface Clock {
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };
