import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { PROJECT_ROOT } from '../../local/project-root';
import { type RunView, type StartedBackup } from '../../src/contracts/api';
import { startStack } from '../../local/stack/start-stack';

const APP = join(PROJECT_ROOT, 'package', 'app');
const names = (folder: string): string[] => readdirSync(join(APP, folder)).sort();

beforeAll(() => {
  execFileSync(process.execPath, [join(PROJECT_ROOT, '.build', 'local', 'packaging', 'main.js')], { stdio: 'pipe' });
});

test('the package has the app, its host.json and production dependencies, and nothing else', () => {
  expect(names('.')).toEqual(['LICENSE', 'dist', 'host.json', 'node_modules', 'package.json']);
  const { dependencies, devDependencies, main } = JSON.parse(readFileSync(join(APP, 'package.json'), 'utf8')) as Record<
    string,
    object
  >;
  expect(Object.keys(dependencies ?? {})).toContain('durable-functions');
  expect(devDependencies).toBeUndefined();
  expect(main).toBe('dist/main.js');
  const modules = names('node_modules');
  expect(modules).toContain('jose');
  for (const development of ['jest', 'typescript', 'azurite', 'eslint', 'fast-check'])
    expect(modules).not.toContain(development);
});

test('the zip holds the same files', () => {
  const [zip = ''] = readdirSync(join(PROJECT_ROOT, 'package')).filter((name) => name.endsWith('.zip'));
  const entries = unzipSync(readFileSync(join(PROJECT_ROOT, 'package', zip)), {
    filter: ({ name }) => !name.startsWith('node_modules/'),
  });
  expect(Object.keys(entries).sort()).toEqual(
    readdirSync(APP, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(APP.length + 1))
      .filter((name) => !name.startsWith('node_modules/'))
      .sort(),
  );
  expect(Buffer.from(entries['host.json'] ?? []).equals(readFileSync(join(APP, 'host.json')))).toBe(true);
});

test('what is packaged runs and backs up', async () => {
  const stack = await startStack({
    ephemeral: true,
    host: { entry: join(APP, 'dist', 'main.js'), hostJson: join(APP, 'host.json') },
  });
  try {
    const headers = { authorization: `Bearer ${stack.endpoints.token}` };
    const started = (await (
      await fetch(`${stack.endpoints.api}/api/backups`, { method: 'POST', headers })
    ).json()) as StartedBackup;
    let run: RunView;
    do {
      await new Promise((resolve) => setTimeout(resolve, 200));
      run = (await (await fetch(`${stack.endpoints.api}/api/runs/${started.runId}`, { headers })).json()) as RunView;
    } while (run.endedAt === null);
    expect(run).toMatchObject({ status: 'succeeded', counts: { failed: 0 } });
  } finally {
    await stack.stop();
  }
});
