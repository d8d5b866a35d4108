import { type HttpClient } from '@azure/core-rest-pipeline';
import { CertificateClient } from '@azure/keyvault-certificates';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { type JsonClient } from '../local/stack/json-client';
import { gatewayHttpClient } from './gateway-http-client';

/** The address of a vault by its short name. */
export function vaultUrl(name: string): string {
  return `https://${name}.vault.azure.net`;
}

/** Where vaults are, and who hands out rights and tokens. */
export interface VaultGround {
  readonly vaultService: JsonClient;
  readonly vaultGateway: string;
}

/** Somebody with rights on vaults of the stack, who uses the real SDKs. */
export class Person {
  readonly #ground: VaultGround;
  readonly #oid: string;
  readonly #httpClient: HttpClient;

  private constructor(ground: VaultGround, oid: string) {
    this.#ground = ground;
    this.#oid = oid;
    this.#httpClient = gatewayHttpClient(ground.vaultGateway);
  }

  /** Somebody who may do exactly `rights`: data actions by vault, without the prefix `Microsoft.KeyVault/vaults/`. */
  static async with(
    ground: VaultGround,
    oid: string,
    rights: Readonly<Record<string, readonly string[]>>,
  ): Promise<Person> {
    for (const [vault, actions] of Object.entries(rights)) {
      await ground.vaultService.put('/roles', { principal: oid, vault, actions });
    }
    return new Person(ground, oid);
  }

  secrets(vault: string): SecretClient {
    return new SecretClient(vaultUrl(vault), this.#credential(), { httpClient: this.#httpClient });
  }

  keys(vault: string): KeyClient {
    return new KeyClient(vaultUrl(vault), this.#credential(), { httpClient: this.#httpClient });
  }

  certificates(vault: string): CertificateClient {
    return new CertificateClient(vaultUrl(vault), this.#credential(), { httpClient: this.#httpClient });
  }

  /** @param keyId the versioned id. */
  cryptography(keyId: string): CryptographyClient {
    return new CryptographyClient(keyId, this.#credential(), { httpClient: this.#httpClient });
  }

  #credential() {
    return {
      getToken: async () => {
        const answer = await this.#ground.vaultService.post('/token', {
          oid: this.#oid,
          aud: 'https://vault.azure.net',
        });
        const { access_token: token, expires_on: expiresOn } = answer as { access_token: string; expires_on: number };
        return { token, expiresOnTimestamp: expiresOn * 1000 };
      },
    };
  }
}
