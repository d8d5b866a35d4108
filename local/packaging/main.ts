import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../project-root';
import { writeZip } from './write-zip';

const run = promisify(execFile);

/** What a Function App needs beside its dependencies. */
const DEPLOYED = ['dist', 'host.json', 'package.json', 'package-lock.json', 'LICENSE'];

/**
 * Makes `package/app`, the folder that is deployed, and `package/strongroom-<version>.zip` of it: the compiled app, its host.json and production
 * dependencies, and nothing else. Installs the dependencies anew from the lock file. May run again: starts from an empty folder.
 */
async function makePackage(): Promise<void> {
  const target = join(PROJECT_ROOT, 'package');
  const folder = join(target, 'app');
  if (!existsSync(join(PROJECT_ROOT, 'dist', 'main.js')))
    throw new Error('dist/main.js is missing. Run `npm run package`, which builds first.');
  await rm(target, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of DEPLOYED) await cp(join(PROJECT_ROOT, name), join(folder, name), { recursive: true });
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: folder,
  });

  const version = await slimManifest(join(folder, 'package.json'));
  await rm(join(folder, 'package-lock.json'));
  const zip = join(target, `strongroom-${version}.zip`);
  const files = await writeZip(folder, zip);
  const { size } = await stat(zip);
  process.stdout.write(
    `package/app: ${files} files\npackage/strongroom-${version}.zip: ${(size / 2 ** 20).toFixed(1)} MiB\n`,
  );
}

/** Leaves in the deployed package.json what the Functions host and the app read. Returns the version. */
async function slimManifest(path: string): Promise<string> {
  const { name, version, license, main, engines, dependencies } = JSON.parse(await readFile(path, 'utf8')) as Record<
    string,
    unknown
  >;
  await writeFile(
    path,
    `${JSON.stringify({ name, version, private: true, license, main, engines, dependencies }, null, 2)}\n`,
  );
  return String(version);
}

makePackage().catch((error: unknown) => {
  const { stderr, message } = error as { stderr?: string; message?: string };
  process.stderr.write(`The package was not made: ${message ?? String(error)}\n${stderr ?? ''}`);
  process.exitCode = 1;
});
