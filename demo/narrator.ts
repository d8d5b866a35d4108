import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green';

/** Where the demo is told to. */
export interface Audience {
  write(text: string): unknown;
  /** Colours are for terminals alone; `NO_COLOR` forbids them there too. */
  readonly isTTY?: boolean;
}

/** How long one step took. */
export interface StepTime {
  readonly title: string;
  readonly seconds: number;
}

const INDENT = '     ';

/** Tells the demo step by step: the same text on a terminal, with colours, and in a plain log. */
export class Narrator {
  readonly #audience: Audience;
  readonly #coloured: boolean;
  readonly #times: StepTime[] = [];

  constructor(audience: Audience, environment: Readonly<Record<string, string | undefined>>) {
    this.#audience = audience;
    this.#coloured = audience.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  }

  /** The steps that are over, in their order. */
  get times(): readonly StepTime[] {
    return this.#times;
  }

  /** The headline. */
  title(text: string): void {
    this.#line(this.#styled('bold', text));
  }

  /**
   * Tells and times one step. `proves` is printed once `work` is done, so that nothing is claimed before it was shown.
   */
  async step<T>(title: string, proves: string, work: () => Promise<T>): Promise<T> {
    const number = `${this.#times.length + 1}.`.padStart(3);
    this.#line();
    this.#line(this.#styled('bold', `${number} ${title}`));
    const begin = performance.now();
    const result = await work();
    const seconds = (performance.now() - begin) / 1000;
    this.#times.push({ title, seconds });
    this.#line(`${INDENT}=> ${proves} ${this.#styled('dim', `(${seconds.toFixed(1)} s)`)}`);
    return result;
  }

  /** One thing that was shown within a step. */
  shown(text: string): void {
    this.#line(`${INDENT}${this.#styled('green', 'ok')} ${text}`);
  }

  /** The headline of what is no step. */
  heading(text: string): void {
    this.#line();
    this.#line(this.#styled('bold', text));
  }

  /** A command as a person would type it. */
  command(text: string): void {
    this.#line(`${INDENT}${this.#styled('dim', '$')} ${this.#styled('bold', text)}`);
  }

  /** What another program said, set in so that it is told apart. */
  quote(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.#line(`${INDENT}${this.#styled('dim', '|')} ${line}`.trimEnd());
  }

  /** Columns of text, each as wide as it needs to be; the columns named in `right` are aligned to the right. */
  table(rows: readonly (readonly string[])[], right: readonly number[] = []): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
    for (const row of rows) {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      });
      this.#line(`${INDENT}${cells.join('  ').trimEnd()}`);
    }
  }

  /** The last word. */
  end(text: string): void {
    this.#line();
    this.#line(this.#styled('green', text));
  }

  #line(text = ''): void {
    this.#audience.write(`${text}\n`);
  }

  #styled(style: Style, text: string): string {
    return this.#coloured ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** A whole number with its thousands set apart. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
