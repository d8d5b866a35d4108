/** A schedule: the first time after a given one, both in milliseconds since 1970, UTC. */
export interface Schedule {
  next(afterMs: number): number;
}

interface FieldKind {
  name: string;
  min: number;
  max: number;
  words: readonly string[];
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const FIELDS: readonly FieldKind[] = [
  { name: 'second', min: 0, max: 59, words: [] },
  { name: 'minute', min: 0, max: 59, words: [] },
  { name: 'hour', min: 0, max: 23, words: [] },
  { name: 'day', min: 1, max: 31, words: [] },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day of week', min: 0, max: 6, words: DAYS },
];

const YEARS_AHEAD = 100;

/**
 * A schedule in NCRONTAB, as Azure Functions reads it (the NCrontab library): six fields beginning with seconds, or five
 * without; day and day of week must both fit, unlike in Unix cron; a range given backwards is turned round.
 */
export class Ncrontab implements Schedule {
  readonly #fields: ReadonlySet<number>[];

  /** @throws {RangeError} if the expression is not NCRONTAB */
  constructor(private readonly expression: string) {
    const parts = expression.trim().split(/\s+/);
    if (parts.length === 5) parts.unshift('0');
    if (parts.length !== 6)
      throw new RangeError(`"${expression}" has ${parts.length} fields instead of six (or five).`);
    this.#fields = FIELDS.map((kind, index) => parseField(parts[index] ?? '', kind));
  }

  /** @throws {RangeError} if the schedule never comes */
  next(afterMs: number): number {
    const time = new Date(afterMs);
    time.setUTCMilliseconds(0);
    time.setUTCSeconds(time.getUTCSeconds() + 1);
    const limit = time.getUTCFullYear() + YEARS_AHEAD;
    while (time.getUTCFullYear() <= limit) {
      if (!this.#fits(4, time.getUTCMonth() + 1)) time.setTime(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1));
      else if (!this.#fits(3, time.getUTCDate()) || !this.#fits(5, time.getUTCDay())) time.setUTCHours(24, 0, 0);
      else if (!this.#fits(2, time.getUTCHours())) time.setUTCMinutes(60, 0);
      else if (!this.#fits(1, time.getUTCMinutes())) time.setUTCSeconds(60);
      else if (!this.#fits(0, time.getUTCSeconds())) time.setUTCSeconds(time.getUTCSeconds() + 1);
      else return time.getTime();
    }
    throw new RangeError(`"${this.expression}" never comes.`);
  }

  #fits(field: number, value: number): boolean {
    return this.#fields[field]?.has(value) === true;
  }
}

function parseField(text: string, kind: FieldKind): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (!match) throw new RangeError(`"${part}" is not a valid ${kind.name}.`);
    const [, first = '', second, step] = match;
    const all = first === '*';
    if (all && second !== undefined) throw new RangeError(`"${part}" is not a valid ${kind.name}.`);
    const from = all ? kind.min : parseValue(first, kind);
    const to = second === undefined ? (all || step !== undefined ? kind.max : from) : parseValue(second, kind);
    const interval = Math.max(1, Number(step ?? 1));
    for (let value = Math.min(from, to); value <= Math.max(from, to); value += interval) values.add(value);
  }
  return values;
}

function parseValue(text: string, kind: FieldKind): number {
  const word = kind.words.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase()));
  const value = word >= 0 ? word + kind.min : Number(text);
  if (!Number.isInteger(value) || value < kind.min || value > kind.max)
    throw new RangeError(`"${text}" is not a ${kind.name}: it must be between ${kind.min} and ${kind.max}.`);
  return value;
}

/** A schedule of a fixed period. */
class FixedPeriod implements Schedule {
  constructor(private readonly periodMs: number) {}

  next(afterMs: number): number {
    return afterMs + this.periodMs;
  }
}

const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})$/;

/**
 * Reads the schedule of a timer trigger: NCRONTAB, or a TimeSpan (`[days.]hours:minutes:seconds`).
 * @throws {RangeError} if it is neither
 */
export function parseSchedule(expression: string): Schedule {
  const span = TIME_SPAN.exec(expression.trim());
  if (!span) return new Ncrontab(expression);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = span
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const periodMs = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  if (periodMs === 0 || hours > 23 || minutes > 59 || seconds > 59)
    throw new RangeError(`"${expression}" is not a period.`);
  return new FixedPeriod(periodMs);
}
