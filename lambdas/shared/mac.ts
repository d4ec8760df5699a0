import type { CheckMac, Sign } from './magic-link';

/**
 * Message authentication by an HMAC key that never leaves KMS. Who checks may not sign: the function that
 * redeems links cannot make one. The SDK is loaded at the first use.
 */
export function kmsMac(keyId: string): { readonly sign: Sign; readonly check: CheckMac } {
  let loading: Promise<{ sign: Sign; check: CheckMac }> | undefined;
  const loaded = () => {
    loading ??= import('./kms-mac').then(({ connectKey }) => connectKey(keyId));
    return loading;
  };
  return {
    sign: async (text) => (await loaded()).sign(text),
    check: async (text, mac) => (await loaded()).check(text, mac),
  };
}
