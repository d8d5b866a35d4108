import { app } from '@azure/functions';

app.http('odd', { route: 'things/{id:nonsense}', handler: () => ({ body: '' }) });
