import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/format.md'), 'utf8');

it('the program in docs/format.md opens the golden snapshot and prints what the page says', async () => {
  const [, program = '', printed = ''] = /```js\n(.*?)```\n\nIt prints\n\n```\n(.*?)```/s.exec(page) ?? [];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  expect(stdout).toBe(printed);
  expect(stdout).not.toBe('');
});

it('the worked example shows what the golden snapshot holds', () => {
  const folder = 'test/golden/format-1/strongroom-daily/2026-11-22/contoso-prod/20261122T020000Z-1f0c9a7e55d1';
  const [header = '', payload = ''] = readFileSync(join(root, folder, 'manifest.jws'), 'ascii').split('.');
  const shown = [...page.slice(page.indexOf('## 10.')).matchAll(/```json\n(.*?)```/gs)].map(
    ([, json = '']) => JSON.parse(json) as Record<string, unknown>,
  );
  const decode = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  expect(shown[0]).toEqual(decode(header));
  const { blobs, ...members } = shown[1]!;
  expect(decode(payload)).toMatchObject(members);
  expect(decode(payload)['blobs']).toEqual(expect.arrayContaining(blobs as unknown[]));
});
