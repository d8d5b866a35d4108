import { type ErrorCode } from './error-codes';

/** Why a part of a vault's configuration was not read. `not_permitted` and `not_found` are answers; `unavailable` says that there was none. */
export interface UnreadPart {
  status: 'not_permitted' | 'not_found' | 'unavailable';
  code: ErrorCode;
}

/** A part that was read, or why not. */
export type ConfigurationPart<T extends object> = ({ status: 'read' } & T) | UnreadPart;

/** A document as Azure Resource Manager gave it, without what could be a secret. */
export type ArmDocument = Readonly<Record<string, unknown>>;

/** What the control plane says of a vault. */
export interface ControlPlaneConfiguration {
  vault: ConfigurationPart<{ document: ArmDocument }>;
  /** At the vault and above it. `roleNames`: by role definition id, those that could be read. */
  roleAssignments: ConfigurationPart<{ documents: ArmDocument[]; roleNames: Record<string, string> }>;
  diagnosticSettings: ConfigurationPart<{ documents: ArmDocument[] }>;
  eventSubscriptions: ConfigurationPart<{ documents: ArmDocument[] }>;
  locks: ConfigurationPart<{ documents: ArmDocument[] }>;
}

/** A certificate authority that a vault knows. Its credentials stay in the vault. */
export interface CertificateIssuer {
  name: string;
  provider: string;
  enabled?: boolean;
  organizationId?: string;
  administrators?: { firstName?: string; lastName?: string; email?: string; phone?: string }[];
}

/** Who is told about a vault's certificates. */
export interface CertificateContact {
  email?: string;
  name?: string;
  phone?: string;
}

/** A vault's own configuration (docs/format.md, section 5). It is sealed in the index and nowhere else. */
export interface VaultConfiguration extends ControlPlaneConfiguration {
  readAt: string;
  certificateIssuers: ConfigurationPart<{ issuers: CertificateIssuer[] }>;
  certificateContacts: ConfigurationPart<{ contacts: CertificateContact[] }>;
}
