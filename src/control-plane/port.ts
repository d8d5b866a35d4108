import { type ControlPlaneConfiguration } from '../contracts/configuration';
import { type ProtectedVault } from '../contracts/objects';

/** Reads what Azure Resource Manager says of a vault. Reading twice changes nothing. */
export interface ConfigurationReader {
  /**
   * All parts of a vault's configuration. Never throws: a part that could not be read says why. Takes no longer than a minute.
   *
   * Azure permissions (actions, all of them optional): `Microsoft.KeyVault/vaults/read`, `Microsoft.Authorization/roleAssignments/read`,
   * `…/roleDefinitions/read`, `…/locks/read`, `Microsoft.Insights/diagnosticSettings/read`, `Microsoft.EventGrid/eventSubscriptions/read` on the
   * vault; without its resource id in the settings also `Microsoft.Resources/subscriptions/resources/read` on the subscription.
   */
  read(vault: ProtectedVault): Promise<ControlPlaneConfiguration>;
}
