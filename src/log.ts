import { type SafeDetails } from './errors';

export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one structured line. `event` is a fixed name; `fields` hold only what {@link SafeDetails} allows. */
export type Log = (level: LogLevel, event: string, fields: SafeDetails) => void;
