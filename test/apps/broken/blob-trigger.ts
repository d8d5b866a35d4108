import { app } from '@azure/functions';

app.storageBlob('onBlob', { path: 'in/{name}', connection: 'STORAGE', handler: (): void => undefined });
