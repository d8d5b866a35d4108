import { stripVTControlCharacters } from 'node:util';

/** A column of a table. Numbers go to the right. */
export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** Lines of a table: titles, then a line per row; columns as wide as their widest cell. Cells may hold colour codes. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => visibleWidth(line[index] ?? ''))));
  return lines.map((line) =>
    columns
      .map((column, index) => pad(line[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of name and value, the values below each other, with an indent of two. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** A number with its thousands grouped, alike on every machine. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `throttled 3, forbidden 1`: the most frequent first. Empty if there are none. */
export function formatCodes(byCode: Readonly<Record<string, number>>): string {
  return Object.entries(byCode)
    .filter(([, count]) => count > 0)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([code, count]) => `${code} ${formatCount(count)}`)
    .join(', ');
}

/** Text of others, without what moves a terminal's cursor. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return align === 'right' ? fill + text : text + fill;
}
