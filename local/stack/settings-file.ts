import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { StackStartError } from '../process/stack-process';
import { type AppSettings } from './app-settings';

// A setting, since Functions hosts drop what they do not know elsewhere in the file; the app does not read it.
const MARK = 'STRONGROOM_SETTINGS_WRITTEN_BY';
const WRITER = 'npm run settings:foreign-host';

/**
 * Refuses a settings file that somebody else wrote: it may hold what is nowhere else.
 * @throws {StackStartError} `settings_file_foreign`
 */
export function requireOwnSettingsFile(file: string): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (text.includes(`"${MARK}"`)) return;
  throw new StackStartError(
    'settings_file_foreign',
    `${file} was not written by ${WRITER}. Move it away, choose another with --settings, or pass --force.`,
  );
}

/**
 * Writes a `local.settings.json` with which the packaged app runs on any Functions host of this machine, for the owner only.
 * @throws {StackStartError} `settings_file_unwritable`
 */
export function writeSettingsFile(file: string, settings: AppSettings): void {
  const content = { IsEncrypted: false, Values: { ...settings, [MARK]: WRITER } };
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new StackStartError('settings_file_unwritable', `${file} cannot be written (${reason}).`, { cause });
  }
}
