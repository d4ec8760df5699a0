import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** What a TLS server on this machine needs, and what its clients have to trust. */
export interface Certificates {
  /** Path of the certificate authority, for `NODE_EXTRA_CA_CERTS`, `PGSSLROOTCERT`, `--cacert`. */
  readonly caFile: string;
  /** The authority itself, PEM. */
  readonly ca: string;
  /** Certificate for localhost, 127.0.0.1 and ::1, signed by the authority, PEM. */
  readonly cert: string;
  /** Private key of `cert`, PEM. */
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** The authority outlives many leaves, so that what trusts it need not be told again. */
const CA_DAYS = 3650;
/** Some clients refuse leaves that live longer than 398 days. */
const LEAF_DAYS = 397;
/** Renewed this long before it expires: nobody leaves a local runtime on for longer. */
const RENEW_DAYS = 30;

/**
 * The local certificate authority and a certificate for localhost, made on the first call and kept in `directory`.
 * Renews either before it expires. The keys can be read by their owner only.
 */
export async function ensureCertificates(directory: string): Promise<Certificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const caFile = join(directory, 'ca.pem');
  let ca = await load(caFile, join(directory, 'ca.key'));
  let renewed = false;
  if (ca === undefined || expiresSoon(ca.cert)) {
    ca = await makeAuthority();
    renewed = true;
    await save(join(directory, 'ca.key'), ca.key);
    await save(caFile, ca.cert);
  }
  const leafFile = join(directory, 'localhost.pem');
  let leaf = renewed ? undefined : await load(leafFile, join(directory, 'localhost.key'));
  if (leaf === undefined || expiresSoon(leaf.cert) || !isSignedBy(leaf.cert, ca.cert)) {
    leaf = await makeLeaf(ca);
    await save(join(directory, 'localhost.key'), leaf.key);
    await save(leafFile, leaf.cert);
  }
  return { caFile, ca: ca.cert, cert: leaf.cert, key: leaf.key };
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

async function load(certFile: string, keyFile: string): Promise<Pair | undefined> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return new X509Certificate(cert) && { cert, key };
  } catch {
    // Missing, half written or damaged: all are cured by making a new one.
    return undefined;
  }
}

async function save(file: string, content: string): Promise<void> {
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, content, { mode: 0o600 });
  // The mode above is ignored when the file was there already.
  await chmod(partial, 0o600);
  await rename(partial, file);
}

function expiresSoon(cert: string): boolean {
  return Date.parse(new X509Certificate(cert).validTo) - Date.now() < RENEW_DAYS * DAY_MS;
}

function isSignedBy(leaf: string, ca: string): boolean {
  return new X509Certificate(leaf).verify(new X509Certificate(ca).publicKey);
}

async function makeAuthority(): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: 'Landfall local certificate authority' }], {
    ...validity(CA_DAYS),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

async function makeLeaf(ca: Pair): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...validity(LEAF_DAYS),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function validity(days: number): object {
  const now = Date.now();
  return {
    keyType: 'ec',
    algorithm: 'sha256',
    // A little in the past: clocks of containers on this machine may differ.
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + (days - 1) * DAY_MS),
  };
}
