/**
 * Where Azure Resource Manager is, by the suffix of a vault's host. Source: learn.microsoft.com, `azure/azure-government/compare-azure-government-global-azure`
 * and `azure/china/resources-developer-guide`.
 */
const MANAGEMENT: Readonly<Record<string, string>> = {
  'vault.azure.net': 'https://management.azure.com',
  'vault.usgovcloudapi.net': 'https://management.usgovcloudapi.net',
  'vault.azure.cn': 'https://management.chinacloudapi.cn',
};

/** The base address of Azure Resource Manager in the cloud of a vault. */
export function managementOf(vaultUrl: string): string {
  const [, ...suffix] = new URL(vaultUrl).hostname.split('.');
  return MANAGEMENT[suffix.join('.')] ?? 'https://management.azure.com';
}
