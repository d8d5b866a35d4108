import { notFound } from '../key-vault-error';
import { pageOf } from './listing';
import { type Call, type Cost, type Operation } from './operation';

/** Certificates are not kept yet: their listings are empty, so that a caller who asks for all kinds gets an answer. */
export function certificateOperations(): Operation[] {
  const cost = (): Cost => ({ budget: 'vault', units: 1 });
  const reading = { method: 'GET', action: 'certificates/read', cost };
  const emptyPage = (path: string) => (call: Call) =>
    pageOf(call, path, () => [], { keyOf: () => '', item: () => ({}) });
  return [
    { ...reading, name: 'certificates.list', path: 'certificates', run: emptyPage('certificates') },
    {
      ...reading,
      name: 'deletedcertificates.list',
      path: 'deletedcertificates',
      run: emptyPage('deletedcertificates'),
    },
    {
      ...reading,
      name: 'certificates.get',
      path: 'certificates/{name}',
      run: (call) => {
        throw notFound('certificates', call.name);
      },
    },
  ];
}
