import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';

/** Something that must be found nowhere: `what` is said of it when it is. */
export interface Canary {
  what: string;
  value: string | Uint8Array;
}

/** Bytes that lie somewhere. */
export interface Place {
  where: string;
  bytes: Buffer;
}

const SLICE_BYTES = 45;

/** Every form in which a value might be written, as far as each can be told from anything else. */
export function formsOf(value: string | Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(value);
  const forms = new Map<string, Buffer>();
  const add = (form: string, text: string | Buffer): void => {
    forms.set(form, typeof text === 'string' ? Buffer.from(text) : text);
  };
  slicesOf(bytes).forEach((slice, index) => {
    const as = (form: string): string => (index === 0 ? form : `${form}, part ${index}`);
    add(as('plain'), slice);
    add(as('hex'), slice.toString('hex'));
    add(as('HEX'), slice.toString('hex').toUpperCase());
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const shift of [0, 1, 2]) add(as(`${encoding} shifted by ${shift}`), encodedWithin(slice, encoding, shift));
    }
    const text = slice.toString('utf8');
    if (Buffer.from(text).equals(slice)) {
      add(as('URL-encoded'), encodeURIComponent(text));
      add(as('escaped for JSON'), JSON.stringify(text).slice(1, -1));
      add(as('UTF-16'), Buffer.from(text, 'utf16le'));
    }
  });
  return forms;
}

/** The whole of a short value; beginning, middle and end of a long one, cut between characters. */
function slicesOf(bytes: Buffer): Buffer[] {
  if (bytes.length <= 2 * SLICE_BYTES) return [bytes];
  const starts = [0, Math.floor(bytes.length / 2), bytes.length - SLICE_BYTES];
  return starts.map((start) => {
    let [from, to] = [start, start + SLICE_BYTES];
    while (isContinuation(bytes[from])) from += 1;
    while (isContinuation(bytes[to])) to -= 1;
    return bytes.subarray(from, to);
  });
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** What stands in an encoded text that holds the bytes after `shift` others, without the characters that depend on neighbours. */
function encodedWithin(bytes: Buffer, encoding: 'base64' | 'base64url', shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .replaceAll('=', '');
  const certain = Math.floor(((shift + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((shift * 8) / 6), certain);
}

/** Where which canary was found, and in which form. */
export function find(canaries: readonly Canary[], places: readonly Place[]): string[] {
  const forms = canaries.map(({ what, value }) => ({ what, forms: formsOf(value) }));
  return places.flatMap(({ where, bytes }) =>
    forms.flatMap((canary) =>
      [...canary.forms].flatMap(([form, needle]) =>
        bytes.includes(needle) ? [`${canary.what}, ${form}, in ${where}`] : [],
      ),
    ),
  );
}

/** All files below a folder but those of the folders left out. */
export function filesBelow(folder: string, leftOut: readonly string[] = []): Place[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!entry.isFile() || leftOut.some((other) => name.startsWith(`${other}/`))) return [];
    return [{ where: `file ${name}`, bytes: readFileSync(path) }];
  });
}

/** Everything in a storage account: blobs with names, headers and metadata; entities; messages that wait. */
export async function storageOf(connection: string): Promise<Place[]> {
  return [...(await blobsOf(connection)), ...(await entitiesOf(connection)), ...(await messagesOf(connection))];
}

async function blobsOf(connection: string): Promise<Place[]> {
  const places: Place[] = [];
  const service = BlobServiceClient.fromConnectionString(connection);
  for await (const { name: container } of service.listContainers({ includeMetadata: true })) {
    const client = service.getContainerClient(container);
    for await (const item of client.listBlobsFlat({ includeMetadata: true, includeTags: true })) {
      const { readableStreamBody } = await client.getBlobClient(item.name).download();
      const content = readableStreamBody === undefined ? Buffer.alloc(0) : await buffer(readableStreamBody);
      const where = `blob ${container}/${item.name}`;
      places.push({ where, bytes: Buffer.concat([Buffer.from(JSON.stringify(item)), content]) });
    }
  }
  return places;
}

async function entitiesOf(connection: string): Promise<Place[]> {
  const places: Place[] = [];
  const options = { allowInsecureConnection: true };
  for await (const { name = '' } of TableServiceClient.fromConnectionString(connection, options).listTables()) {
    const client = TableClient.fromConnectionString(connection, name, options);
    for await (const entity of client.listEntities()) {
      const binary = Object.values(entity).filter((value) => value instanceof Uint8Array);
      const parts = [Buffer.from(JSON.stringify(entity)), ...binary.map((bytes) => Buffer.from(bytes))];
      const packed = Buffer.concat(binary);
      if (packed.subarray(0, 2).toString('hex') === '1f8b') parts.push(gunzipSync(packed));
      const where = `table ${name}, ${entity.partitionKey ?? ''} ${entity.rowKey ?? ''}`;
      places.push({ where, bytes: Buffer.concat(parts) });
    }
  }
  return places;
}

async function messagesOf(connection: string): Promise<Place[]> {
  const places: Place[] = [];
  const service = QueueServiceClient.fromConnectionString(connection);
  for await (const { name } of service.listQueues()) {
    const { peekedMessageItems } = await service.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) {
      const bytes = Buffer.concat([Buffer.from(messageText), Buffer.from(messageText, 'base64')]);
      places.push({ where: `queue ${name}`, bytes });
    }
  }
  return places;
}
