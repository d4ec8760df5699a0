import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Download, packageFiles, platformPackages } from '../../scripts/platform-packages';
import { tarEntries } from '../../scripts/tar';

function tar(files: Record<string, string>, type = '0'): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write('0000644\0', 100);
    head.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124);
    head.write(type, 156);
    const content = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    content.write(text);
    return [head, content];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const packages = platformPackages.sharp ?? [];
const tarballs = new Map(
  packages.map((name) => [
    name,
    gzipSync(
      tar({
        'package/package.json': JSON.stringify({ name, version: '1.0.0' }),
        'package/lib/code.node': `code of ${name}`,
        'package/README.md': 'to read',
        'package/include/code.h': 'to compile',
      }),
    ),
  ]),
);
const integrityOf = (content: Buffer) => `sha512-${createHash('sha512').update(content).digest('base64')}`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'landfall-packages-'));
  const put = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };
  put('node_modules/sharp/package.json', '{}');
  put('node_modules/sharp/dist/index.cjs', 'sharp');
  put('node_modules/sharp/dist/index.d.cts', 'types');
  put('node_modules/sharp/src/sharp.cc', 'source');
  put('node_modules/sharp/node_modules/semver/index.js', 'its own semver');
  put('node_modules/semver/index.js', 'another semver');
  put('node_modules/detect-libc/index.js', 'detect');
  put('package.json', '{}');
  lock({});
});
afterEach(() => rmSync(root, { recursive: true }));

function lock(changed: Record<string, object>): void {
  const machineCode = Object.fromEntries(
    [...tarballs].map(([name, content]) => [
      `node_modules/${name}`,
      { version: '1.0.0', integrity: integrityOf(content) },
    ]),
  );
  const entries = {
    'node_modules/sharp': { version: '1.0.0', dependencies: { semver: '1', 'detect-libc': '1' } },
    'node_modules/sharp/node_modules/semver': { version: '1.0.0' },
    'node_modules/semver': { version: '2.0.0' },
    'node_modules/detect-libc': { version: '1.0.0', dependencies: { semver: '2' } },
    ...machineCode,
    ...changed,
  };
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: entries }));
}

const specifiers: string[] = [];
const download: Download = async (specifier, directory) => {
  specifiers.push(specifier);
  const content = tarballs.get(specifier.slice(0, specifier.lastIndexOf('@'))) as Buffer;
  writeFileSync(path.join(directory, 'package.tgz'), content);
};
const cached = () => readdirSync(path.join(root, 'node_modules/.cache/landfall/packages'));

it('takes a package with what it depends on, each from where Node.js finds it, and machine code for Lambda', async () => {
  const files = await packageFiles(root, 'sharp', download);
  expect(files.map((file) => [file.path, Buffer.from(file.contents).toString()])).toEqual([
    ['@img/sharp-libvips-linux-arm64/lib/code.node', 'code of @img/sharp-libvips-linux-arm64'],
    ['@img/sharp-libvips-linux-arm64/package.json', expect.any(String)],
    ['@img/sharp-linux-arm64/lib/code.node', 'code of @img/sharp-linux-arm64'],
    ['@img/sharp-linux-arm64/package.json', expect.any(String)],
    ['detect-libc/index.js', 'detect'],
    ['semver/index.js', 'another semver'],
    ['sharp/dist/index.cjs', 'sharp'],
    ['sharp/node_modules/semver/index.js', 'its own semver'],
    ['sharp/package.json', '{}'],
  ]);
});

it('fetches each package once, in the version of package-lock.json', async () => {
  specifiers.length = 0;
  await Promise.all([1, 2].map(() => packageFiles(root, 'sharp', download)));
  await packageFiles(root, 'sharp', () => Promise.reject(new Error('offline')));
  expect(new Set(specifiers)).toEqual(new Set(packages.map((name) => `${name}@1.0.0`)));
  expect(cached()).toHaveLength(packages.length);
});

it('uses nothing of a package whose hash is not that of package-lock.json', async () => {
  const [name = ''] = packages;
  lock({ [`node_modules/${name}`]: { version: '1.0.0', integrity: integrityOf(Buffer.from('another')) } });
  await expect(packageFiles(root, 'sharp', download)).rejects.toThrow(
    /expected @img\/sharp-linux-arm64@1.0.0 with sha512-.* as package-lock.json says, found sha512-/,
  );
  expect(cached().filter((folder) => folder.includes(name.replace('/', '+')))).toEqual([]);
});

it('does not take a changed hash for one it has cached', async () => {
  await packageFiles(root, 'sharp', download);
  const [name = ''] = packages;
  lock({ [`node_modules/${name}`]: { version: '1.0.0', integrity: integrityOf(Buffer.from('another')) } });
  await expect(packageFiles(root, 'sharp', download)).rejects.toThrow('as package-lock.json says');
});

it('asks for a lock file that knows the package', async () => {
  lock({ 'node_modules/@img/sharp-linux-arm64': { version: '1.0.0' } });
  await expect(packageFiles(root, 'sharp', download)).rejects.toThrow('Run npm install');
  lock({ 'node_modules/sharp': { version: '1.0.0', dependencies: { absent: '1' } } });
  await expect(packageFiles(root, 'sharp', download)).rejects.toThrow('has no absent');
});

describe('npm', () => {
  let registry: Server;
  let url: string;
  const asked: string[] = [];
  const served = new Map(tarballs);

  beforeAll(async () => {
    registry = createServer((request, response) => {
      const requested = decodeURIComponent(request.url ?? '');
      asked.push(requested);
      const name = packages.find((candidate) => requested.startsWith(`/${candidate}`)) ?? '';
      if (requested.endsWith('.tgz')) return response.end(served.get(name));
      const version = { name, version: '1.0.0', dist: { tarball: `${url}/${name}/-/package.tgz` } };
      response.setHeader('Content-Type', 'application/json');
      return response.end(
        JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }),
      );
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    registry.closeAllConnections();
    registry.close();
  });

  // Settings of the repository, as a company with its own registry has them.
  const settings = (registryUrl: string) =>
    writeFileSync(
      path.join(root, '.npmrc'),
      `registry=${registryUrl}\ncache=${path.join(root, 'npm-cache')}\nfetch-retries=0\n`,
    );
  const inherited = { ...process.env };
  beforeEach(() => {
    // `npm test` hands its own settings down, which would win.
    for (const name of Object.keys(process.env)) if (/^npm_config_/i.test(name)) delete process.env[name];
  });
  afterEach(() => {
    Object.assign(process.env, inherited);
  });

  it('fetches from the registry that it is set to', async () => {
    settings(url);
    const files = await packageFiles(root, 'sharp');
    expect(files.filter((file) => file.path.startsWith('@img/'))).toHaveLength(4);
    expect(asked.some((requested) => requested.endsWith('.tgz'))).toBe(true);
  });

  it('cannot make us use a package that a registry has changed', async () => {
    settings(url);
    served.set(packages[0] ?? '', gzipSync(tar({ 'package/lib/code.node': 'something else' })));
    await expect(packageFiles(root, 'sharp')).rejects.toThrow('nothing of it was used');
  });

  it('says what to do when there is no registry', async () => {
    settings('http://127.0.0.1:1');
    await expect(packageFiles(root, 'sharp')).rejects.toThrow(
      /expected @img\/.*Build once while the registry/s,
    );
  });
});

describe('a tarball', () => {
  it.each(['package/../../escaped', 'package//absolute', 'package'])('must not hold %s', (name) => {
    expect(() => [...tarEntries(tar({ [name]: 'x' }))]).toThrow('not inside its folder');
  });

  it('must hold files and no links', () => {
    expect(() => [...tarEntries(tar({ 'package/link': '' }, '2'))]).toThrow('of type 2');
  });

  it('must not end inside a file', () => {
    expect(() => [...tarEntries(tar({ 'package/file': 'x'.repeat(600) }).subarray(0, 600))]).toThrow(
      'ends inside package/file',
    );
  });
});
