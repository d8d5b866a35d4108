import {
  createDefaultHttpClient,
  createHttpHeaders,
  type HttpClient,
  type PipelineRequest,
} from '@azure/core-rest-pipeline';

/**
 * Sends every request to `gateway` (a base URL, for development) instead of to the vault in its URL, with the vault's name kept
 * as `Host`. The policies before it still see the real URL, so challenges are verified and ids stay those of the vault.
 */
export function createGatewayHttpClient(
  gateway: string,
  transport: HttpClient = createDefaultHttpClient(),
): HttpClient {
  const base = new URL(gateway);
  return {
    async sendRequest(request: PipelineRequest) {
      const url = new URL(request.url);
      const headers = createHttpHeaders(request.headers.toJSON({ preserveCase: true }));
      headers.set('Host', url.host);
      const response = await transport.sendRequest({
        ...request,
        url: `${base.origin}${url.pathname}${url.search}`,
        headers,
        allowInsecureConnection: base.protocol === 'http:',
      });
      return { ...response, request };
    },
  };
}
