import { type CredentialSource } from './sign-in';

/**
 * Signs in through Azure's own library, as the person or the identity that is at hand: environment, workload or managed identity, `az login` and the like;
 * or by a code that is entered in a browser. `AZURE_AUTHORITY_HOST` chooses the cloud. The library is loaded only here: it takes longer
 * than most commands.
 */
export const azureCredential: CredentialSource = async ({ method, tenantId }, prompt) => {
  const { DefaultAzureCredential, DeviceCodeCredential } = await import('@azure/identity');
  if (method === 'default') return new DefaultAzureCredential(tenantId === undefined ? {} : { tenantId });
  return new DeviceCodeCredential({
    ...(tenantId === undefined ? {} : { tenantId }),
    userPromptCallback: ({ verificationUri, userCode }) => {
      prompt(verificationUri, userCode);
    },
  });
};
