import { ArmError } from '../arm-error';

/** The versions of each type that are served, newest first. Others exist in Azure; these are those that clients of today ask for. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  'microsoft.resources/resources': ['2025-04-01', '2024-11-01', '2022-09-01', '2021-04-01', '2019-10-01', '2015-11-01'],
  'microsoft.keyvault/vaults': ['2026-02-01', '2025-05-01', '2024-11-01', '2023-07-01', '2022-07-01'],
  'microsoft.authorization/roleassignments': ['2022-04-01', '2020-04-01-preview', '2015-07-01'],
  'microsoft.authorization/roledefinitions': ['2022-04-01', '2018-01-01-preview', '2015-07-01'],
  'microsoft.authorization/locks': ['2020-05-01', '2017-04-01', '2016-09-01'],
  'microsoft.insights/diagnosticsettings': ['2021-05-01-preview'],
  'microsoft.eventgrid/eventsubscriptions': ['2025-02-15', '2024-06-01-preview', '2023-12-15-preview', '2022-06-15'],
  'microsoft.storage/storageaccounts': [
    '2026-09-01',
    '2025-08-01',
    '2025-06-01',
    '2025-01-01',
    '2024-01-01',
    '2023-05-01',
    '2023-01-01',
  ],
};

/** Throws the 400 of Azure unless `version` is one of the type's. `type` is namespace and first type in lower case. */
export function requireApiVersion(type: string, version: string | null): void {
  if (version === null) {
    throw new ArmError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  if (!/^20\d\d-\d\d-\d\d(?:-preview)?$/.test(version)) {
    throw new ArmError(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid.`);
  }
  const known = VERSIONS[type] ?? [];
  if (known.includes(version)) return;
  throw new ArmError(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for API version '${version}' for type '${type.split('/')[1] ?? type}'. ` +
      `The supported api-versions are '${known.join(', ')}'.`,
  );
}
