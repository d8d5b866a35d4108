import { type KeyMaterial } from '../cryptography/key-material';
import { type CertificatePolicy, defaultPolicy, mergePolicy } from '../kinds/certificate-policy';
import { issueBy, newSerial } from '../kinds/certificate-requests';
import { type CertificateVersions, certificateVersions } from '../kinds/certificate-version';
import { type VersionAttributes } from '../store/object-store';
import { type SeededCertificateVersion } from './seed-request';

/** A version to be issued: its key is made, the rest may be left to defaults. */
export interface CertificateDraft extends Partial<Omit<SeededCertificateVersion, 'enabled' | 'created'>> {
  material: KeyMaterial;
  attributes: VersionAttributes;
}

/** A certificate ready to be written: all versions, oldest first, and the policy of the newest. */
export interface SeededCertificate {
  versions: CertificateVersions[];
  policy: string;
}

function policyFor(name: string, draft: CertificateDraft): CertificatePolicy {
  const { kty, size, curve } = draft.material.shape;
  const issued = draft.attributes.created * 1000;
  return mergePolicy(
    {
      issuer: { name: 'Self' },
      key_props: { kty, key_size: size, crv: curve, exportable: draft.exportable ?? true },
      secret_props: { contentType: draft.contentType },
      x509_props: {
        subject: draft.subject ?? `CN=${name.slice(0, 64)}`,
        ...(draft.dnsNames === undefined ? {} : { sans: { dns_names: draft.dnsNames } }),
        validity_months: draft.validityMonths,
      },
    },
    defaultPolicy(issued),
    issued,
  );
}

/** Issues all versions by themselves, as if each had been asked for when it was created. `random` decides the serial numbers. */
export async function seededCertificate(
  name: string,
  drafts: readonly CertificateDraft[],
  random: () => number,
): Promise<SeededCertificate> {
  const making = drafts.map(async (draft) => {
    const policy = policyFor(name, draft);
    const serial = newSerial(Buffer.from(Array.from({ length: 16 }, () => random() * 256)));
    const leaf = await issueBy(policy, draft.material, draft.attributes.created * 1000, serial);
    const { material, attributes, tags } = draft;
    return { policy, versions: await certificateVersions({ material, attributes, tags, policy, chain: [leaf] }) };
  });
  const whole = await Promise.all(making);
  return {
    versions: whole.map(({ versions }) => versions),
    policy: JSON.stringify(whole.at(-1)?.policy),
  };
}
