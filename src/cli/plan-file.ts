import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { type z } from 'zod';
import { CliFailure } from './cli-failure';
import { exitCodes } from './exit-codes';
import { type Session } from './session';
import { systemCode } from './system-code';

/**
 * Reads a YAML or JSON file that must fit `schema`. Throws `file_unreadable`, or `invalid_file` with every fault by line and column. Values of the file are
 * not repeated.
 */
export function readPlanFile<T extends z.ZodType>(session: Session, path: string, schema: T): z.infer<T> {
  const lines = new LineCounter();
  const document = parseDocument(readText(session, path), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    throw invalidFile(
      path,
      broken.map(({ pos, message }) => ({ path: at(pos[0]), message })),
    );
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  throw invalidFile(
    path,
    parsed.error.issues
      .flatMap((issue) => faultsOf(issue, document))
      .map(({ offset, message }) => ({ path: at(offset), message })),
  );
}

function readText({ surroundings }: Session, path: string): string {
  try {
    return readFileSync(resolve(surroundings.workingDirectory, path), 'utf8');
  } catch (error) {
    const reason = systemCode(error);
    const why = reason === undefined ? '' : ` (${reason})`;
    throw new CliFailure('file_unreadable', `${path} cannot be read${why}`, { exit: exitCodes.usage });
  }
}

function invalidFile(path: string, errors: { path: string; message: string }[]): CliFailure {
  return new CliFailure('invalid_file', `${path} is not as it should be; nothing was changed`, {
    exit: exitCodes.usage,
    errors,
  });
}

interface Fault {
  offset: number;
  message: string;
}

function faultsOf(issue: z.core.$ZodIssue, document: Document): Fault[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ offset: offsetOf(document, issue.path), message: labelled(issue.path, issue.message) }];
  return issue.keys.map((key) => ({
    offset: offsetOfKey(document, issue.path, key),
    message: labelled([...issue.path, key], 'is no member that is known here'),
  }));
}

function labelled(path: readonly PropertyKey[], message: string): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

/** Where the value is, or the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
}

function offsetOfKey(document: Document, path: readonly PropertyKey[], name: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
  return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : offsetOf(document, path);
}
