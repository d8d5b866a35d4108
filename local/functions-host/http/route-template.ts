import { StackStartError } from '../../process/stack-process';

/** Values of a route's parameters; those that are not in the path are missing. */
export type RouteParameters = Record<string, string>;

interface Segment {
  pattern: RegExp;
  parameters: Parameter[];
  optional: boolean;
  catchAll: boolean;
  rank: number;
}

interface Parameter {
  name: string;
  checks: ((value: string) => boolean)[];
  fallback: string | undefined;
}

const WORDS: Readonly<Record<string, RegExp>> = {
  int: /^[+-]?\d{1,10}$/,
  long: /^[+-]?\d{1,19}$/,
  alpha: /^[a-z]*$/i,
  bool: /^(true|false)$/i,
  guid: /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i,
  decimal: /^[+-]?\d+(\.\d+)?$/,
  double: /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i,
  float: /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i,
  datetime: /^\d{4}-\d{2}-\d{2}([T ].*)?$/,
  required: /^.+$/,
};

const PARAMETER = /\{(\*{0,2})(\w+)((?::[^{}?=:]+(?:\([^)]*\))?)*)(?:=([^{}?]*))?(\?)?\}/g;

/** A route of an HTTP trigger, as the real host (ASP.NET) reads it: `runs/{id:int}`, `files/{*rest}`, `list/{page?}`. */
export class RouteTemplate {
  readonly #segments: Segment[];

  /** @throws {StackStartError} `bad_route` */
  constructor(readonly text: string) {
    this.#segments = text
      .split('/')
      .filter((part) => part !== '')
      .map((part) => parseSegment(part, text));
  }

  /** Orders templates, the more literal ones first; the first that matches wins. */
  compare(other: RouteTemplate): number {
    const length = Math.max(this.#segments.length, other.#segments.length);
    for (let index = 0; index < length; index++) {
      const difference = (this.#segments[index]?.rank ?? 0) - (other.#segments[index]?.rank ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** The parameters if the path fits, else `undefined`. `path` holds decoded segments. */
  match(path: readonly string[]): RouteParameters | undefined {
    const parameters: RouteParameters = {};
    let position = 0;
    for (const segment of this.#segments) {
      const value = segment.catchAll ? path.slice(position).join('/') : path[position];
      position = segment.catchAll ? Math.max(position, path.length) : position + 1;
      if (!take(segment, value, parameters)) return undefined;
    }
    return position >= path.length ? parameters : undefined;
  }
}

function take(segment: Segment, value: string | undefined, into: RouteParameters): boolean {
  if (value === undefined || value === '') {
    for (const { name, fallback } of segment.parameters) if (fallback !== undefined) into[name] = fallback;
    return segment.optional;
  }
  const match = segment.pattern.exec(value);
  if (!match) return false;
  return segment.parameters.every(({ name, checks }, index) => {
    const text = match[index + 1] ?? '';
    into[name] = text;
    return checks.every((check) => check(text));
  });
}

function parseSegment(part: string, route: string): Segment {
  const parameters: Parameter[] = [];
  let source = '';
  let optional = false;
  let catchAll = false;
  let end = 0;
  for (const match of part.matchAll(PARAMETER)) {
    const [whole, stars = '', name = '', constraints = '', fallback, question] = match;
    source += `${escape(part.slice(end, match.index))}(.+${stars ? '' : '?'})`;
    end = match.index + whole.length;
    catchAll ||= stars !== '';
    optional ||= question !== undefined || fallback !== undefined || stars !== '';
    parameters.push({ name, checks: parseConstraints(constraints, route), fallback });
  }
  const rest = part.slice(end);
  if (/[{}]/.test(rest) || /[{}]/.test(source))
    throw new StackStartError('bad_route', `The route "${route}" is not valid: "${part}".`);
  return {
    pattern: new RegExp(`^${source}${escape(rest)}$`, 'is'),
    parameters,
    optional: optional && part.startsWith('{') && rest === '',
    catchAll,
    rank: rankOf(part, parameters, catchAll),
  };
}

function rankOf(part: string, parameters: readonly Parameter[], catchAll: boolean): number {
  if (parameters.length === 0) return 1;
  const constrained = parameters.some(({ checks }) => checks.length > 0) || !/^\{[^{}]*\}$/.test(part);
  return (constrained ? 2 : 3) + (catchAll ? 2 : 0);
}

function parseConstraints(text: string, route: string): ((value: string) => boolean)[] {
  return [...text.matchAll(/:([a-z]+)(?:\(([^)]*)\))?/gi)].map(([, word = '', argument]) => {
    const pattern = WORDS[word.toLowerCase()];
    if (pattern) return (value: string) => pattern.test(value);
    const [low = 0, high = low] = (argument ?? '').split(',').map(Number);
    switch (word.toLowerCase()) {
      case 'length':
        return (value: string) => value.length >= low && value.length <= high;
      case 'minlength':
        return (value: string) => value.length >= low;
      case 'maxlength':
        return (value: string) => value.length <= low;
      case 'min':
        return (value: string) => Number(value) >= low;
      case 'max':
        return (value: string) => Number(value) <= low;
      case 'range':
        return (value: string) => Number(value) >= low && Number(value) <= high;
      case 'regex':
        return (value: string) => new RegExp(argument ?? '', 'i').test(value);
      default:
        throw new StackStartError('bad_route', `The route "${route}" has the unknown constraint "${word}".`);
    }
  });
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]|]/g, '\\$&');
}
