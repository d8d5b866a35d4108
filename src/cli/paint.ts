import { styleText } from 'node:util';
import { type RunStatus } from '../contracts/runs';

type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Puts colour on texts, or leaves them alone. */
export interface Paint {
  status(status: RunStatus, text?: string): string;
  /** Green if there is nothing, red otherwise: for counts of failures. */
  failures(count: number, text: string): string;
  outcome(good: boolean, text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const STATUS_STYLES: Record<RunStatus, Style> = {
  pending: 'dim',
  waiting: 'yellow',
  running: 'cyan',
  succeeded: 'green',
  partial: 'yellow',
  failed: 'red',
  cancelled: 'yellow',
};

/** @param coloured whether the output is a terminal on which nobody has forbidden colours. */
export function createPaint(coloured: boolean): Paint {
  // The decision is taken by the caller, for the stream in question; left alone, styleText would look at stdout again.
  const apply = (style: Style, text: string): string =>
    coloured ? styleText(style, text, { validateStream: false }) : text;
  return {
    status: (status, text = status) => apply(STATUS_STYLES[status], text),
    failures: (count, text) => (count === 0 ? text : apply('red', text)),
    outcome: (good, text) => apply(good ? 'green' : 'yellow', text),
    dim: (text) => apply('dim', text),
    bold: (text) => apply('bold', text),
  };
}
