import { createHash, X509Certificate } from 'node:crypto';
import { type KeyMaterial } from '../cryptography/key-material';
import { privateKeyOf } from '../cryptography/key-material';
import { type StoredVersion, type VersionAttributes } from '../store/object-store';
import { type CertifiedKey } from '../x509/certified-key';
import { writePem } from '../x509/pem';
import { writePfx } from '../x509/pfx';
import { type CertificatePolicy } from './certificate-policy';
import { keyVersion } from './keys';
import { newVersionId } from './vault-objects';

/** What a version of a certificate shows besides attributes and tags. Its material is the DER of the leaf in base64. */
export interface ShownCertificate {
  /** SHA-1 of the DER, base64url. */
  x5t: string;
  preserveCertOrder?: boolean;
}

/** The three objects that a certificate consists of, each with the same version id. */
export interface CertificateVersions {
  certificates: StoredVersion;
  keys: StoredVersion;
  secrets: StoredVersion;
}

/** All that a new version of a certificate is made of. */
export interface NewCertificate {
  /** The id of the version; a fresh one if not given. */
  version?: string;
  material: KeyMaterial;
  /** DER; the first is the leaf. */
  chain: readonly Buffer[];
  policy: Pick<CertificatePolicy, 'key_props' | 'secret_props'>;
  /** `nbf` and `exp` are overruled by what the leaf says. */
  attributes: VersionAttributes;
  tags?: Record<string, string> | null | undefined;
  preserveCertOrder?: boolean;
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

async function secretValue(content: CertifiedKey, policy: NewCertificate['policy']): Promise<string> {
  if (policy.secret_props.contentType === 'application/x-pem-file') return writePem(content);
  return (await writePfx(content)).toString('base64');
}

/** A version of a certificate with its managed key and secret. The secret has the private key only if the policy lets it out. */
export async function certificateVersions(given: NewCertificate): Promise<CertificateVersions> {
  const { material, policy, chain } = given;
  const leaf = new X509Certificate(chain[0] ?? Buffer.alloc(0));
  const version = given.version ?? newVersionId();
  const tags = given.tags ? { tags: given.tags } : {};
  const attributes = { ...given.attributes, nbf: seconds(leaf.validFromDate), exp: seconds(leaf.validToDate) };
  const key = policy.key_props.exportable ? { privateKey: privateKeyOf(material.privateJwk) } : {};
  const shown: ShownCertificate = {
    x5t: createHash('sha1').update(leaf.raw).digest('base64url'),
    ...(given.preserveCertOrder ? { preserveCertOrder: true } : {}),
  };
  return {
    certificates: { version, attributes, ...tags, shown, material: leaf.raw.toString('base64') },
    keys: { ...keyVersion(material, attributes, { tags: given.tags }), version },
    secrets: {
      version,
      attributes,
      ...tags,
      shown: { contentType: policy.secret_props.contentType },
      material: await secretValue({ ...key, chain }, policy),
    },
  };
}
