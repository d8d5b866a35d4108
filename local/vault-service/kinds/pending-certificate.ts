import { type KeyMaterial } from '../cryptography/key-material';
import { KeyVaultError } from '../key-vault-error';
import { type CertificateStore } from '../store/certificate-store';
import { type Vault } from '../vaults';
import { type CertificatePolicy } from './certificate-policy';
import { type GivenAttributes } from './request-bodies';

/** A certificate that was asked for: its key exists, its X.509 certificate not yet, or its making has ended one way or another. */
export interface PendingCertificate {
  name: string;
  requestId: string;
  /** The id that the version is to have. */
  version: string;
  /** Seconds since 1970. */
  created: number;
  status: 'inProgress' | 'completed' | 'cancelled' | 'failed';
  statusDetails?: string;
  cancellationRequested: boolean;
  error?: { code: string; message: string };
  /** PKCS #10 as DER in base64. */
  csr: string;
  policy: CertificatePolicy;
  /** Dropped when the making has ended. */
  material?: KeyMaterial;
  attributes?: GivenAttributes;
  tags?: Record<string, string>;
  preserveCertOrder?: boolean;
}

const WAITING = 'Pending certificate created. Please Perform Merge to complete the request.' as const;
const ISSUING =
  'Pending certificate created. Certificate request is in progress. This may take some time based on the issuer provider. ' +
  'Please check again later.';

/** What a vault says of an operation that has begun. */
export function statusDetailsFor(issuer: string): string {
  return issuer === 'Unknown' ? WAITING : ISSUING;
}

/** The pending operations of all vaults, one for each name. */
export class PendingCertificates {
  readonly #store: CertificateStore;

  constructor(store: CertificateStore) {
    this.#store = store;
  }

  /** The operation of that name, or undefined. */
  find(vault: Vault, name: string): PendingCertificate | undefined {
    const text = this.#store.pending(vault.name, name);
    return text === undefined ? undefined : (JSON.parse(text) as PendingCertificate);
  }

  /** The operation of that name. Throws 404 if there is none. */
  get(vault: Vault, name: string): PendingCertificate {
    const pending = this.find(vault, name);
    if (pending === undefined) {
      throw new KeyVaultError(404, 'PendingCertificateNotFound', `Pending Certificate not found: ${name}`);
    }
    return pending;
  }

  /** Throws 409 while an operation of that name is under way. */
  requireNone(vault: Vault, name: string): void {
    if (this.find(vault, name)?.status !== 'inProgress') return;
    throw new KeyVaultError(
      409,
      'Conflict',
      "A new key vault certificate can not be created or imported while a pending key vault certificate's status is inProgress.",
    );
  }

  /** Keeps an operation that is to end at `due` (milliseconds), or not by itself. */
  put(vault: Vault, pending: PendingCertificate, due: number | undefined): void {
    this.#store.putPending(vault.name, pending.name, JSON.stringify(pending), due);
  }

  /** Keeps how an operation ended; its key material is not kept. */
  end(vault: Vault, pending: PendingCertificate, ending: Partial<PendingCertificate>): PendingCertificate {
    const { material: _material, statusDetails: _details, ...rest } = pending;
    const ended = { ...rest, ...ending };
    this.put(vault, ended, undefined);
    return ended;
  }

  /** Forgets the operation of that name. */
  remove(vault: Vault, name: string): void {
    this.#store.removePending(vault.name, name);
  }

  /** The operations that are to end by `now`. */
  due(now: number): { vault: string; pending: PendingCertificate }[] {
    return this.#store.due(now).map(({ vault, operation }) => ({
      vault,
      pending: JSON.parse(operation) as PendingCertificate,
    }));
  }

  /** When the next operation is to end; infinity if none is. */
  nextDue(): number {
    return this.#store.nextDue();
  }

  /** The operation as the API shows it. */
  shown(vault: Vault, pending: PendingCertificate): object {
    const certificate = `${vault.url}/certificates/${pending.name}`;
    const { status, statusDetails, error, csr, requestId, preserveCertOrder } = pending;
    return {
      id: `${certificate}/pending`,
      issuer: pending.policy.issuer,
      csr,
      cancellation_requested: pending.cancellationRequested,
      status,
      ...(statusDetails === undefined ? {} : { status_details: statusDetails }),
      ...(error === undefined ? {} : { error }),
      ...(status === 'completed' ? { target: certificate } : {}),
      ...(preserveCertOrder ? { preserveCertOrder } : {}),
      request_id: requestId,
    };
  }
}
