import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../independent/command-line';
import { folderSource } from '../../independent/folder-source';
import { openSnapshot } from '../../independent/open';
import { offlineOpener } from '../../independent/openers';
import { verifySnapshots } from '../../independent/verify';

const GOLDEN = join(__dirname, '../../golden/format-1-portable');
const source = folderSource(join(GOLDEN, 'strongroom-daily'));
const keyFile = (name: string): string => readFileSync(join(GOLDEN, 'keys', name), 'utf8');

async function open() {
  const { findings, snapshots } = await verifySnapshots({
    source,
    vault: 'contoso-prod',
    tier: 'daily',
    pinnedKeys: [keyFile('signing.public.pem')],
    now: new Date('2026-11-24T12:00:00Z'),
  });
  expect(findings).toEqual([]);
  const opener = offlineOpener(keyFile('offline.private.jwk.json'));
  return openSnapshot({ source, snapshot: snapshots[0]!, opener });
}

it('verifies and opens the golden snapshot with portable payloads', async () => {
  const { manifest, objects, openItem, openPortable } = await open();
  expect(manifest).toMatchObject({ outcome: 'partial', counts: { objects: 7, stored: 6, failed: 1 } });
  const lines = objects.map(({ kind, name, outcome, code, notes, payloads }) =>
    [kind, name, outcome, code ?? '-', notes.join() || '-', payloads.map(({ payload }) => payload).join()].join(' '),
  );
  expect(lines).toEqual([
    'certificate api-tls stored - - native,portable',
    'certificate pinned stored - unexportable native,portable',
    'certificate web-tls stored - - native,portable',
    'key token-signing stored - - native',
    'secret db-password stored - unreadable_disabled native,portable',
    'secret long-history stored - too_many_versions portable',
    'secret restricted failed values_forbidden - native',
  ]);
  for (const object of objects) {
    const kinds = object.payloads.map(({ payload }) => payload);
    if (kinds.includes('native')) expect((await openItem(object)).backup).not.toBe('');
    if (kinds.includes('portable')) expect((await openPortable(object)).versions).toHaveLength(object.versions.length);
  }
  const { versions } = await openPortable(objects.find(({ name }) => name === 'db-password')!);
  expect(versions.map(({ value, missing }) => value ?? missing)).toEqual([
    'correct horse äöü 日本語',
    'unreadable_disabled',
    'the first one',
  ]);
  expect(objects.find(({ kind }) => kind === 'key')?.rotationPolicy).toMatchObject({
    attributes: { expiryTime: 'P1Y' },
  });
});

it('writes the payloads out as files for the owner only, which OpenSSL understands', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-portable-'));
  const into = join(folder, 'out');
  try {
    const place = ['--folder', join(GOLDEN, 'strongroom-daily'), '--vault', 'contoso-prod', '--tier', 'daily'];
    const keys = ['--key', join(GOLDEN, 'keys/signing.public.pem')];
    const recipient = ['--recipient-key', join(GOLDEN, 'keys/offline.private.jwk.json')];
    const printed: string[] = [];
    const terminal = { out: (text: string) => printed.push(text), err: (text: string) => printed.push(text) };
    const args = ['open', ...place, ...keys, ...recipient, '--extract', into];
    expect(await runCommand(args, terminal, new Date())).toBe(0);
    expect(printed.join('')).toContain('secret  restricted  failed  values_forbidden  1 versions');
    const files = readdirSync(into).sort();
    expect(files.map((file) => file.replace(/[0-9a-f]{32}/, 'VERSION')).sort()).toEqual([
      'certificate.api-tls.VERSION.pem',
      'certificate.api-tls.backup',
      'certificate.api-tls.json',
      'certificate.pinned.VERSION.cer',
      'certificate.pinned.backup',
      'certificate.pinned.json',
      'certificate.web-tls.VERSION.pfx',
      'certificate.web-tls.VERSION.pfx',
      'certificate.web-tls.backup',
      'certificate.web-tls.json',
      'key.token-signing.backup',
      'secret.db-password.backup',
      'secret.db-password.json',
      'secret.long-history.json',
      'secret.restricted.backup',
    ]);
    for (const file of files) expect(statSync(join(into, file)).mode & 0o777).toBe(0o600);
    const openssl = (...command: string[]) => execFileSync('openssl', command, { cwd: into, encoding: 'utf8' });
    const named = (pattern: RegExp) => files.find((file) => pattern.test(file))!;
    expect(openssl('pkcs12', '-in', named(/pfx$/), '-passin', 'pass:', '-nodes')).toMatch(/BEGIN PRIVATE KEY/);
    expect(openssl('x509', '-in', named(/pem$/), '-noout', '-subject')).toMatch(/api\.contoso\.example/);
    expect(openssl('pkey', '-in', named(/pem$/), '-noout', '-text')).toMatch(/P-256|prime256v1/);
    expect(openssl('x509', '-inform', 'DER', '-in', named(/cer$/), '-noout', '-subject')).toMatch(/pinned/);
    const secret = JSON.parse(readFileSync(join(into, 'secret.db-password.json'), 'utf8')) as object;
    expect(secret).toMatchObject({
      kind: 'secret',
      name: 'db-password',
      versions: [{ tags: { team: 'payments' } }, {}, {}],
    });
    const certificate = readFileSync(join(into, 'certificate.web-tls.json'), 'utf8');
    expect(JSON.parse(certificate)).toMatchObject({ policy: { key_props: { exportable: true } } });
    expect(certificate).not.toContain('"value"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
