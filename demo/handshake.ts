import { type AddressInfo } from 'node:net';
import { connect, createServer, type PeerCertificate, type SecureContextOptions } from 'node:tls';

/**
 * Serves TLS with a certificate as Key Vault gives it (PKCS #12 without a password in base64, or PEM), and connects to it as a browser would, trusting
 * `trusted` (PEM) alone: this succeeds only if the chain leads there, the name is right, and the private key is the certificate's own.
 * Resolves with the certificate that was shown; rejects with what TLS has against it. The value is secret.
 */
export async function handshake(value: string, host: string, trusted: string): Promise<PeerCertificate> {
  const server = createServer(serverOptions(value));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await new Promise((resolve, reject) => {
      server.on('tlsClientError', reject);
      const { port } = server.address() as AddressInfo;
      const socket = connect({ host: '127.0.0.1', port, servername: host, ca: trusted }, () => {
        resolve(socket.getPeerCertificate());
        socket.end();
      });
      socket.on('error', reject);
    });
  } finally {
    server.close();
  }
}

function serverOptions(value: string): SecureContextOptions {
  if (!value.includes('-----BEGIN')) return { pfx: Buffer.from(value, 'base64') };
  return { key: value, cert: value };
}
