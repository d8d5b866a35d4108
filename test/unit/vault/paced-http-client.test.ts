import { callClassOf } from '../../../src/vault/paced-http-client';

describe('what a call costs', () => {
  it.each([
    ['GET', '/secrets', 'general'],
    ['GET', '/secrets/create/versions', 'general'],
    ['POST', '/secrets/s/backup', 'general'],
    ['PUT', '/secrets/s', 'creation'],
    ['PUT', '/keys/k', 'creation'],
    ['PUT', '/keys/k/rotationpolicy', 'general'],
    ['POST', '/keys/k/create', 'creation'],
    ['POST', '/keys/k/rotate', 'creation'],
    ['POST', '/certificates/c/import', 'creation'],
    ['POST', '/keys/k/v/sign', 'keyOperation'],
    ['POST', '/keys/k//unwrapKey', 'keyOperation'],
    ['POST', '/keys/sign/backup', 'general'],
    ['PATCH', '/secrets/s/v', 'general'],
  ])('%s %s', (method, path, expected) => {
    expect(callClassOf(method, path)).toBe(expected);
  });
});
