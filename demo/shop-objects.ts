import { issueChain } from './authority';
import { type SeededSecret } from './seeded-objects';

const DAY = 86_400;

/** The secret whose values are opened with the offline key. */
export const SHOP_SECRET = 'shop-database-password';

/** What the plan of the shop's vault leaves out. */
export const EXCLUDED = 'temporary-*';

/** A certificate of the shop that can be exported. */
export interface ShopCertificate {
  readonly name: string;
  readonly what: string;
  /** The host that it is for. */
  readonly host: string;
  /** What whoever connects must trust, in PEM; the certificate itself if absent. */
  readonly trusted?: string;
}

/** What the shop's vault holds. */
export interface ShopObjects {
  readonly secrets: readonly SeededSecret[];
  readonly keys: readonly object[];
  readonly certificates: readonly object[];
  /** A certificate of a private authority, with its chain, as PEM to be imported. Secret. */
  readonly imported: { readonly name: string; readonly pem: string };
  readonly exportable: readonly ShopCertificate[];
  /** How many secrets, keys and certificates a snapshot has. */
  readonly stored: number;
  /** How many secrets the plan leaves out. */
  readonly excluded: number;
}

/** The content of the shop's vault. `now` in seconds since 1970. */
export async function shopObjects(now: number): Promise<ShopObjects> {
  const secrets = [
    { name: SHOP_SECRET, versions: passwords(now) },
    { name: 'shop-greeting', versions: [{ value: 'Grüße – 你好 – 🛍️', created: now - 9 * DAY }] },
    { name: 'shop-smtp-password', versions: [{ value: 'smtp "quoted" \\ value', created: now - 90 * DAY }] },
    ...['temporary-token', 'temporary-upload'].map((name) => ({
      name,
      versions: [{ value: `worthless ${name}`, created: now - DAY }],
    })),
  ];
  const keys = [{ name: 'order-signing', versions: [{ kty: 'EC', crv: 'P-256', created: now - 300 * DAY }] }];
  const certificates = certificatesOf(now);
  const authority = await issueChain('partners.contoso.example', (now - DAY) * 1000);
  const excluded = secrets.filter(({ name }) => name.startsWith('temporary-')).length;
  return {
    secrets,
    keys,
    certificates,
    imported: { name: 'partners-tls', pem: authority.pem },
    exportable: [
      { name: 'shop-tls', what: 'RSA, PKCS #12', host: 'shop.contoso.example' },
      { name: 'api-tls', what: 'EC, PKCS #12', host: 'api.contoso.example' },
      { name: 'mail-tls', what: 'EC, PEM', host: 'mail.contoso.example' },
      {
        name: 'partners-tls',
        what: 'EC, PEM, issued by an authority',
        host: 'partners.contoso.example',
        trusted: authority.root,
      },
    ],
    stored: secrets.length - excluded + keys.length + certificates.length + 1,
    excluded,
  };
}

function passwords(now: number): SeededSecret['versions'] {
  return Array.from({ length: 6 }, (_, index) => ({
    value: `shop password of month ${index + 1}`,
    created: now - (6 - index) * 30 * DAY,
    ...(index === 2 ? { enabled: false } : {}),
    tags: { month: String(index + 1) },
  }));
}

function certificatesOf(now: number): object[] {
  const created = (days: number): { created: number } => ({ created: now - days * DAY });
  const named = (host: string): object => ({ subject: `CN=${host}`, dnsNames: [host] });
  const rsa = { kty: 'RSA', size: 2048, ...named('shop.contoso.example') };
  const ec = { kty: 'EC', crv: 'P-256' };
  return [
    {
      name: 'shop-tls',
      versions: [
        { ...rsa, ...created(200) },
        { ...rsa, ...created(20) },
      ],
    },
    { name: 'api-tls', versions: [{ ...ec, crv: 'P-384', ...named('api.contoso.example'), ...created(50) }] },
    {
      name: 'mail-tls',
      versions: [{ ...ec, contentType: 'application/x-pem-file', ...named('mail.contoso.example'), ...created(10) }],
    },
    { name: 'badge-signing', versions: [{ ...ec, exportable: false, ...created(100) }] },
  ];
}
