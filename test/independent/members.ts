/** A JSON object read member by member. Each call throws a `TypeError` that names the member and what it should be, never its value. */
export class Members {
  private readonly object: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly where: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(`${where} is not a JSON object`);
    }
    this.object = value as Readonly<Record<string, unknown>>;
  }

  /** The member as it is, `undefined` if there is none. */
  raw(name: string): unknown {
    return Object.hasOwn(this.object, name) ? this.object[name] : undefined;
  }

  /** A string that matches the pattern as a whole. */
  text(name: string, pattern = /^[^]+$/): string {
    const value = this.raw(name);
    if (typeof value !== 'string' || !pattern.test(value)) throw this.fault(name, `a string like ${pattern.source}`);
    return value;
  }

  /** A string, which may be empty, or `undefined` where the member is absent. */
  optionalText(name: string): string | undefined {
    return this.raw(name) === undefined ? undefined : this.text(name, /^[^]*$/);
  }

  /** One of the given strings. */
  oneOf<const T extends string>(name: string, choices: readonly T[]): T {
    const value = this.raw(name);
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw this.fault(name, choices.join(' or '));
    return choice;
  }

  /** A whole number that is not less than `least`. */
  count(name: string, least = 0): number {
    const value = this.raw(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw this.fault(name, `a whole number from ${least} on`);
    }
    return value;
  }

  /** A truth value. */
  truth(name: string): boolean {
    const value = this.raw(name);
    if (typeof value !== 'boolean') throw this.fault(name, 'true or false');
    return value;
  }

  /** A time as the format writes it, in UTC with milliseconds. */
  time(name: string): string {
    const value = this.text(name, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    if (Number.isNaN(Date.parse(value))) throw this.fault(name, 'a time');
    return value;
  }

  /** The nested object. */
  nested(name: string): Members {
    return new Members(this.raw(name), `${this.where}.${name}`);
  }

  /** The nested object, or `null` where the member is null. */
  nestedOrNull(name: string): Members | null {
    return this.raw(name) === null ? null : this.nested(name);
  }

  /** A list of objects, each read by `read`. */
  list<T>(name: string, read: (entry: Members) => T): T[] {
    const value = this.raw(name);
    if (!Array.isArray(value)) throw this.fault(name, 'a list');
    return value.map((entry, position) => read(new Members(entry, `${this.where}.${name}[${position}]`)));
  }

  /** A list of strings. */
  listOfTexts(name: string): string[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string')) {
      throw this.fault(name, 'a list of strings');
    }
    return value as string[];
  }

  /** All members, each of which must be a string. */
  texts(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.object).map(([name, value]) => {
        if (typeof value !== 'string') throw this.fault(name, 'a string');
        return [name, value];
      }),
    );
  }

  private fault(name: string, expected: string): TypeError {
    return new TypeError(`${this.where}.${name} is not ${expected}`);
  }
}

/** The JSON object in these bytes (UTF-8; white space around it is skipped). Throws a `TypeError` without any of the content. */
export function membersOf(bytes: Uint8Array, where: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new TypeError(`${where} is not JSON`);
  }
  return new Members(value, where);
}
