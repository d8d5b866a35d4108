import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenedSnapshot } from './open';
import { type PortableVersion } from './portable';
import { type IndexObject } from './snapshot-index';

/**
 * Writes every payload into `folder`, which is made if need be, each file for its owner only; an existing file is never overwritten. Of a native payload
 * `KIND.NAME.backup`, the bytes that `az keyvault KIND restore --file` takes. Of a portable secret `secret.NAME.json` with its versions and
 * values. Of a portable certificate `certificate.NAME.json` with policy and versions, and for every version `certificate.NAME.VERSION` with `.pfx` or
 * `.pem` if its private key is there, else `.cer` (DER).
 */
export async function extract(opened: OpenedSnapshot, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, content: string | Uint8Array): Promise<void> =>
    writeFile(join(folder, name), content, { mode: 0o600, flag: 'wx' });
  for (const object of opened.objects) {
    const name = `${object.kind}.${encodeURIComponent(object.name)}`;
    const has = (kind: string): boolean => object.payloads.some(({ payload }) => payload === kind);
    if (has('native')) {
      const { backup } = await opened.openItem(object);
      await write(`${name}.backup`, Buffer.from(backup, 'base64url'));
    }
    if (has('portable')) await extractPortable(opened, object, name, write);
  }
}

async function extractPortable(
  opened: OpenedSnapshot,
  object: IndexObject,
  name: string,
  write: (name: string, content: string | Uint8Array) => Promise<void>,
): Promise<void> {
  const { versions, ...rest } = await opened.openPortable(object);
  const isCertificate = object.kind === 'certificate';
  const shown = isCertificate ? versions.map(({ value: _value, ...version }) => version) : versions;
  const described = { kind: object.kind, name: object.name, ...rest, versions: shown };
  await write(`${name}.json`, `${JSON.stringify(described, undefined, 2)}\n`);
  if (!isCertificate) return;
  for (const version of versions) {
    const file = fileOf(version);
    if (file !== undefined) await write(`${name}.${version.version}${file.extension}`, file.content);
  }
}

function fileOf({
  value,
  missing,
  contentType,
  cer,
}: PortableVersion): { extension: string; content: string | Uint8Array } | undefined {
  if (value === undefined || missing !== undefined)
    return cer === undefined ? undefined : { extension: '.cer', content: Buffer.from(cer, 'base64url') };
  if (contentType === 'application/x-pem-file') return { extension: '.pem', content: value };
  return { extension: '.pfx', content: Buffer.from(value, 'base64') };
}
