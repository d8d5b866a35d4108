import { gunzipSync, gzipSync } from 'node:zlib';
import { StrongroomError } from '../errors';

// A string property holds 64 KiB in UTF-16, a binary one 64 KiB of bytes, an entity 1 MiB in all.
const LONGEST_TEXT = 32_000;
const CHUNK_BYTES = 64_000;
const MOST_BYTES = 960_000;

/** Properties of a table row. */
export type Properties = Record<string, unknown>;

/**
 * Packs a JSON value into properties of a row: as text where that fits into one property, else compressed into as many binary ones as it takes. Some
 * 20,000 versions of an object fit. `ledger_refused` beyond that.
 */
export function packJson(property: string, value: unknown): Properties {
  const text = JSON.stringify(value);
  if (text.length <= LONGEST_TEXT) return { [property]: text };
  const bytes = gzipSync(text);
  if (bytes.length > MOST_BYTES) {
    throw new StrongroomError('ledger_refused', 'A record is too large for a row of the ledger.', {
      details: { property, bytes: bytes.length },
    });
  }
  const chunks: Properties = {};
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    chunks[chunkName(property, start / CHUNK_BYTES)] = new Uint8Array(bytes.subarray(start, start + CHUNK_BYTES));
  }
  return chunks;
}

/** What `packJson` packed; `ledger_refused` if the row does not hold it or was damaged. The caller vouches for the type. */
export function unpackJson(property: string, row: Properties): unknown {
  try {
    const text = row[property];
    return JSON.parse(typeof text === 'string' ? text : gunzipSync(Buffer.concat(chunksOf(property, row))).toString());
  } catch (cause) {
    throw new StrongroomError(
      'ledger_refused',
      'A row of the ledger cannot be read. It was changed by somebody else, or by another version of the app.',
      {
        cause,
        details: { property },
      },
    );
  }
}

function chunksOf(property: string, row: Properties): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (
    let chunk = row[chunkName(property, 0)];
    chunk instanceof Uint8Array;
    chunk = row[chunkName(property, chunks.length)]
  )
    chunks.push(chunk);
  return chunks;
}

function chunkName(property: string, index: number): string {
  return `${property}Gzip${index}`;
}
