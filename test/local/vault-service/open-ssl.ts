import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A folder in which OpenSSL works; a judge that shares no code with the vault service. */
export class OpenSsl {
  private constructor(private readonly folder: string) {}

  static async start(): Promise<OpenSsl> {
    return new OpenSsl(await mkdtemp(join(tmpdir(), 'strongroom-openssl-')));
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What OpenSSL prints; arguments that name files are relative to the folder. */
  async run(...commandLine: string[]): Promise<string> {
    const { stdout } = await execute('openssl', commandLine, { cwd: this.folder });
    return stdout;
  }

  put(name: string, content: string | Uint8Array): Promise<void> {
    return writeFile(join(this.folder, name), content);
  }

  get(name: string): Promise<Buffer> {
    return readFile(join(this.folder, name));
  }

  /** A root, and a leaf that it signed: `root.pem`, `leaf.pem`, `leaf.key`, by keys that OpenSSL makes of `algorithm`. */
  async makeChain(algorithm: string[]): Promise<void> {
    await this.put(
      'leaf.ext',
      'keyUsage=critical,digitalSignature,keyAgreement\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:a.example,DNS:b.example,IP:10.1.2.3\n',
    );
    await this.run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'root.key',
      '-out',
      'root.pem',
      '-subj',
      '/CN=Root',
      '-days',
      '900',
    );
    await this.run('genpkey', ...algorithm, '-out', 'leaf.key');
    await this.run('req', '-new', '-key', 'leaf.key', '-out', 'leaf.csr', '-subj', '/C=DE/O=Contoso/CN=a.example');
    await this.run(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-CAcreateserial',
      '-out',
      'leaf.pem',
      '-days',
      '400',
      '-extfile',
      'leaf.ext',
    );
  }
}
