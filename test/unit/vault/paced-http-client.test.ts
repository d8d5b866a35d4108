import { callClassOf } from '../../../src/vault/paced-http-client';

describe('what a call costs', () => {
  it.each([
    ['GET', '/secrets', 'general'],
    ['GET', '/secrets/create/versions', 'general'],
    ['POST', '/secrets/s/backup', 'general'],
    ['PUT', '/secrets/s', 'creation'],
    ['PUT', '/keys/k', 'creation'],
    ['GET', '/keys/k/versions', 'key'],
    ['GET', '/deletedkeys', 'key'],
    ['PUT', '/keys/k/rotationpolicy', 'key'],
    ['POST', '/keys/k/create', 'creation'],
    ['POST', '/keys/k/rotate', 'creation'],
    ['POST', '/certificates/c/import', 'creation'],
    ['POST', '/keys/k/v/sign', 'keyOperation'],
    ['POST', '/keys/k//unwrapKey', 'keyOperation'],
    ['POST', '/keys/sign/backup', 'key'],
    ['PATCH', '/secrets/s/v', 'general'],
  ])('%s %s', (method, path, expected) => {
    expect(callClassOf(method, path)).toBe(expected);
  });
});
