/** A distribution as its template declares it, reduced to what decides an answer. */
import { fits } from '../../../lib/iam/wildcards';

export interface Behavior {
  /** `*` for the default behavior. */
  readonly pathPattern: string;
  readonly originId: string;
  readonly methods: readonly string[];
  /** Ids of key groups; empty where anybody may read. */
  readonly trustedKeyGroups: readonly string[];
  readonly responseHeadersPolicyId: string | undefined;
}

export interface Origin {
  readonly id: string;
  readonly bucket: string;
  /** Without it S3 does not know who asks, and refuses. */
  readonly signed: boolean;
}

export interface Distribution {
  readonly id: string;
  readonly arn: string;
  /** In the order in which they are tried; the default behavior is the last. */
  readonly behaviors: readonly Behavior[];
  readonly origins: ReadonlyMap<string, Origin>;
  /** Without a slash at its beginning. */
  readonly defaultRootObject: string;
  /** Host names of its own. */
  readonly aliases: readonly string[];
}

/** What its behaviors refer to, by id. */
export interface Delivery {
  readonly distributions: Distribution[];
  /** PEM. */
  readonly publicKeys: Map<string, string>;
  readonly keyGroups: Map<string, readonly string[]>;
  /** Headers that a policy adds: their values, and whether they replace those of the origin. */
  readonly responseHeaders: Map<string, readonly AddedHeader[]>;
}

export interface AddedHeader {
  readonly name: string;
  readonly value: string;
  readonly override: boolean;
}

export function noDelivery(): Delivery {
  return { distributions: [], publicKeys: new Map(), keyGroups: new Map(), responseHeaders: new Map() };
}

/** The first behavior whose pattern fits: `*` is any text, `?` any character, and letters keep their case. */
export function behaviorFor({ behaviors }: Distribution, path: string): Behavior {
  const normal = normalized(path);
  const found = behaviors.find(({ pathPattern }) => fits(pathPattern.replace(/^\/?/, '/'), normal));
  if (!found) throw new Error(`the distribution has no default behavior for ${path}`);
  return found;
}

/**
 * The path that patterns are compared with. The origin gets it as it was sent.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
 */
function normalized(path: string): string {
  const unreserved = path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : code.toUpperCase();
  });
  const kept: string[] = [];
  for (const segment of unreserved.split('/').slice(1)) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}
