import { createDefaultHttpClient, createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';

/**
 * Sends requests for real vault addresses to the stack's gateway, with the Host header kept: so the SDKs see real vaults,
 * check challenges against their addresses, and need no other change.
 */
export function gatewayHttpClient(gateway: string): HttpClient {
  const transport = createDefaultHttpClient();
  return {
    sendRequest: (request) => {
      const url = new URL(request.url);
      const headers = createHttpHeaders(request.headers.toJSON({ preserveCase: true }));
      headers.set('Host', url.host);
      // A copy: the SDK compares the challenge with the address of its own request afterwards.
      const rerouted = { ...request, url: request.url.replace(url.origin, gateway), headers };
      return transport.sendRequest({ ...rerouted, allowInsecureConnection: true });
    },
  };
}
