import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../../independent/command-line';
import { type Container, offline, pemOf, signing, writeChain, type Written } from './plain-writer';

let folder: string;
let chain: Written[];
let keys: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-reader-'));
  const container: Container = new Map();
  chain = await writeChain(container, 2);
  for (const [path, bytes] of container) {
    const file = join(folder, 'daily', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  writeFileSync(join(folder, 'sign.pem'), pemOf(signing.publicKey));
  writeFileSync(join(folder, 'offline.pem'), pemOf(offline.privateKey));
  keys = ['--key', join(folder, 'sign.pem')];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const terminal = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runCommand(args, terminal, new Date('2026-11-22T12:00:00Z'));
  return { code, out, err };
}

const onDaily = (command: string, ...more: string[]) =>
  run(command, '--folder', join(folder, 'daily'), '--vault', 'contoso-prod', '--tier', 'daily', ...keys, ...more);

const asOffline = () => ['--recipient-key', join(folder, 'offline.pem')];

it('verifies a copied container', async () => {
  const { code, out } = await onDaily('verify', '--expect-head', `${chain[1]!.id}:${chain[1]!.digest}`);
  expect(code).toBe(0);
  expect(out).toMatch(/2 snapshots, 0 faults, 0 notes/);
});

it('exits with 1 at a fault, and says which in one JSON object', async () => {
  const { id, folder: path, items } = chain[0]!;
  rmSync(join(folder, 'daily', path, items[0]!));
  const { code, out } = await onDaily('verify', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    findings: [{ code: 'blob_missing', severity: 'fault', snapshot: id, blob: items[0] }],
    snapshots: [
      { sequence: 2, blobs: 'intact' },
      { sequence: 1, blobs: 'damaged' },
    ],
  });
});

it('takes the present or the time it is given for what is overdue', async () => {
  expect((await onDaily('verify')).code).toBe(0);
  const late = await onDaily('verify', '--now', '2026-12-01T00:00:00Z');
  expect(late.code).toBe(1);
  expect(late.out).toMatch(/snapshot_overdue/);
});

it('does not follow links out of the folder', async () => {
  const { folder: path, items } = chain[0]!;
  const blob = join(folder, 'daily', path, items[0]!);
  writeFileSync(join(folder, 'elsewhere'), readFileSync(blob));
  rmSync(blob);
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'daily', path, 'items', 'link.jwe'));
  const { out } = await onDaily('verify');
  expect(out).toMatch(/blob_missing/);
  expect(out).not.toMatch(/orphan/);
});

it('lists the snapshots, newest first', async () => {
  const { code, out } = await onDaily('list', '--json');
  expect(code).toBe(0);
  const { snapshots } = JSON.parse(out) as { snapshots: { snapshot: string }[] };
  expect(snapshots.map(({ snapshot }) => snapshot)).toEqual([chain[1]!.id, chain[0]!.id]);
});

it('opens the newest snapshot and shows names, but no payload', async () => {
  const { code, out, err } = await onDaily('open', ...asOffline());
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^secret {2}db-password {2}stored {2}1 versions$/m);
  const all = out + (await onDaily('open', '--json', ...asOffline())).out;
  expect(all).not.toMatch(/backup of db-password/);
  expect(all).not.toContain(Buffer.from('backup of db-password').toString('base64url'));
});

it('extracts backups for the owner only, and never over another file', async () => {
  const into = join(folder, 'out');
  const args = [...asOffline(), '--snapshot', chain[0]!.id, '--extract', into];
  expect((await onDaily('open', ...args)).code).toBe(0);
  expect(readdirSync(into).sort()).toEqual(['secret.db-password.backup', 'secret.mail-key.backup']);
  const file = join(into, 'secret.db-password.backup');
  expect(readFileSync(file, 'utf8')).toBe('backup of db-password');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(into).mode & 0o777).toBe(0o700);
  expect((await onDaily('open', ...args)).code).toBe(3);
});

it('says when a snapshot cannot be opened', async () => {
  writeFileSync(join(folder, 'offline.pem'), pemOf(offline.privateKey).replace(/[A-Za-z]/, 'x'));
  expect((await onDaily('open', '--snapshot', 'none', ...asOffline())).code).toBe(2);
  writeFileSync(join(folder, 'offline.pem'), pemOf(offline.privateKey));
  expect(await onDaily('open', '--snapshot', 'none', ...asOffline())).toMatchObject({ code: 1 });
  rmSync(join(folder, 'daily', chain[1]!.folder, chain[1]!.index));
  const lost = await onDaily('open', ...asOffline());
  expect(lost.code).toBe(1);
  expect(lost.err).toMatch(/blob_missing index\//);
});

it('tells a place that cannot be read from snapshots that are wrong', async () => {
  const { code, err } = await run(
    'verify',
    '--folder',
    join(folder, 'none'),
    '--vault',
    'v',
    '--tier',
    'daily',
    ...keys,
  );
  expect(code).toBe(3);
  expect(err).toMatch(/ENOENT/);
});

it.each<[string, () => string[]]>([
  ['no command', () => []],
  ['an unknown command', () => ['prune']],
  ['an unknown option', () => ['verify', '--force']],
  ['no place', () => ['verify', '--vault', 'v', '--tier', 'daily']],
  [
    'two places',
    () => ['verify', '--folder', folder, '--container-url', 'https://a/b', '--vault', 'v', '--tier', 'daily'],
  ],
  ['no URL', () => ['verify', '--container-url', 'b', '--vault', 'v', '--tier', 'daily']],
  ['no vault', () => ['verify', '--folder', folder, '--tier', 'daily']],
  ['no key', () => ['verify', '--folder', folder, '--vault', 'v', '--tier', 'daily']],
  ['an unknown tier', () => ['verify', '--folder', folder, '--vault', 'v', '--tier', 'weekly', ...keys]],
  ['a key that is none', () => ['verify', '--folder', folder, '--vault', 'v', '--tier', 'daily', '--key', __filename]],
  ['a key that is not there', () => ['verify', '--folder', folder, '--vault', 'v', '--tier', 'daily', '--key', 'none']],
  [
    'a head that is none',
    () => ['verify', '--folder', folder, '--vault', 'v', '--tier', 'daily', ...keys, '--expect-head', 'x'],
  ],
  [
    'a time that is none',
    () => ['verify', '--folder', folder, '--vault', 'v', '--tier', 'daily', ...keys, '--now', 'x'],
  ],
  ['nobody to open for', () => ['open', '--folder', folder, '--vault', 'v', '--tier', 'daily', ...keys]],
  [
    'extraction without opening',
    () => ['list', '--folder', folder, '--vault', 'v', '--tier', 'daily', ...keys, '--extract', 'x'],
  ],
])('does not understand %s', async (_what, args) => {
  const { code, err, out } = await run(...args());
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/Usage/);
});
