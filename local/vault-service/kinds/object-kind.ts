/** The kinds of objects a vault holds, as they stand in its URLs. */
export type ObjectKind = 'secrets' | 'keys' | 'certificates';

const OBJECT_NAME = /^[0-9a-zA-Z-]{1,127}$/;

/** Whether Key Vault takes `name` for an object. */
export function isObjectName(name: string): boolean {
  return OBJECT_NAME.test(name);
}
