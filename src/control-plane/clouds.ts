const MANAGEMENT_OF_PUBLIC = 'https://management.azure.com';
const MANAGEMENT_OF_GOVERNMENT = 'https://management.usgovcloudapi.net';
const MANAGEMENT_OF_CHINA = 'https://management.chinacloudapi.cn';

/**
 * Where Azure Resource Manager is, by the suffix of a vault's host. Source: learn.microsoft.com, `azure/azure-government/compare-azure-government-global-azure`
 * and `azure/china/resources-developer-guide`.
 */
const MANAGEMENT: Readonly<Record<string, string>> = {
  'vault.azure.net': MANAGEMENT_OF_PUBLIC,
  'vault.usgovcloudapi.net': MANAGEMENT_OF_GOVERNMENT,
  'vault.azure.cn': MANAGEMENT_OF_CHINA,
};

/** The same by Entra ID's sign-in host. */
const BY_AUTHORITY: Readonly<Record<string, string>> = {
  'https://login.microsoftonline.us': MANAGEMENT_OF_GOVERNMENT,
  'https://login.partner.microsoftonline.cn': MANAGEMENT_OF_CHINA,
  'https://login.chinacloudapi.cn': MANAGEMENT_OF_CHINA,
};

/** The base address of Azure Resource Manager in the cloud of a sign-in host; the public cloud's for any other text. */
export function managementAt(authorityHost: string): string {
  return BY_AUTHORITY[authorityHost.replace(/\/$/, '').toLowerCase()] ?? MANAGEMENT_OF_PUBLIC;
}

/** The base address of Azure Resource Manager in the cloud of a vault. */
export function managementOf(vaultUrl: string): string {
  const [, ...suffix] = new URL(vaultUrl).hostname.split('.');
  return MANAGEMENT[suffix.join('.')] ?? MANAGEMENT_OF_PUBLIC;
}
