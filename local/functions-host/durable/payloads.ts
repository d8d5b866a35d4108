import { type TypedData } from '../core/typed-data';

/**
 * The JSON text under which a function's result enters the history, as the real host writes it.
 * @throws {TypeError} if the result has no JSON form; the real host would store something else in silence
 */
export function resultText(data: TypedData | null | undefined, of: string): string | null {
  if (!data) return null;
  if (data.string !== undefined) return JSON.stringify(data.string);
  if (data.json !== undefined) return data.json;
  if (data.int !== undefined) return String(data.int);
  if (data.double !== undefined && Number.isFinite(data.double)) return JSON.stringify(data.double);
  if (data.bytes) return JSON.stringify(Buffer.from(data.bytes).toString('base64'));
  throw new TypeError(`${of} returned a value that JSON cannot hold.`);
}

/**
 * What the worker of an activity receives for an input. The extension converts it to a .NET string first: `true` arrives
 * as the text `True`, which is trap H6.
 */
export function activityInput(value: unknown): TypedData {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: JSON.stringify(value) };
}

/** The JSON text of an input or output, `null` for none. */
export function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
