import { ownerTarget, urlSecret, urlTarget } from '../../../lambdas/shared/database-secret';

describe('the secret of an external database', () => {
  it('is a URL, whose sslmode cannot switch the verification of certificates off', () => {
    const url = 'postgresql://us%40er:p%3Ass@db.example:6543/na%20me?sslmode=disable';
    expect(urlTarget({ url })).toEqual({
      host: 'db.example',
      port: 6543,
      database: 'na me',
      user: 'us@er',
      password: 'p:ss',
    });
  });

  it('may name the authority of a provider with its own', () => {
    expect(urlTarget({ url: 'postgres://u:p@db.example/n', ca: 'PEM' })).toMatchObject({
      port: 5432,
      ca: 'PEM',
    });
  });

  it.each([
    [{}],
    [null],
    [{ url: 'hunter2' }],
    [{ url: 'mysql://u:hunter2@h/n' }],
    [{ url: 'postgres://h/n' }],
    [{ url: 'postgres://u:hunter2@h' }],
    [{ url: 'postgres://u:hunter2%@h/n' }],
  ])('is refused without being shown: %#', (secret) => {
    expect(() => urlTarget(secret)).toThrow('expected the database secret to be');
    expect(() => urlTarget(secret)).not.toThrow('hunter2');
    expect(JSON.stringify(urlSecret.safeParse(secret).error)).not.toContain('hunter2');
  });
});

describe('the secret of an owner', () => {
  it('is what RDS keeps', () => {
    const secret = { username: 'u', password: 'p', host: 'h', port: 5432, dbname: 'n', engine: 'postgres' };
    expect(ownerTarget(secret)).toEqual({ user: 'u', password: 'p', host: 'h', port: 5432, database: 'n' });
  });

  it('may be a URL as well', () => {
    expect(ownerTarget({ url: 'postgres://u:p@h/n' })).toMatchObject({ user: 'u', host: 'h' });
  });
});
