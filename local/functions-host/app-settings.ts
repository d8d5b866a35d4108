import { StackStartError } from '../process/stack-process';

/** The app settings, which a Functions host keeps in the process's environment. */
export type AppSettings = Readonly<Record<string, string | undefined>>;

/**
 * Replaces every `%NAME%` by the setting of that name, as the real host does in schedules and queue names.
 * @throws {StackStartError} `missing_setting` if there is none
 */
export function resolveReferences(text: string, settings: AppSettings, of: string): string {
  return text.replace(/%([^%]+)%/g, (_reference, name: string) => {
    const value = settings[name];
    if (value === undefined || value === '')
      throw new StackStartError('missing_setting', `${of}: '%${name}%' does not resolve to a value; set ${name}.`);
    return value;
  });
}
