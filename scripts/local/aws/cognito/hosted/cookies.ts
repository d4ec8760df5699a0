/** The two cookies of the sign-in pages. The prefix makes browsers insist on Secure, on this host, and on `/`. */
export const SESSION_COOKIE = '__Host-landfall-sign-in';
export const FORM_COOKIE = '__Host-landfall-form';

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** @param maxAge seconds. @default until the browser closes */
export const setCookie = (name: string, value: string, maxAge?: number): string =>
  `${name}=${value}; ${ATTRIBUTES}${maxAge === undefined ? '' : `; Max-Age=${maxAge}`}`;

export const dropCookie = (name: string): string => setCookie(name, '', 0);
