/**
 * Hands an event to another function without waiting for what it does; Lambda keeps the event and tries again.
 * The SDK is loaded at the first use.
 *
 * @throws Error unless Lambda has taken the event
 */
export async function invokeAsync(functionArn: string, payload: object): Promise<void> {
  const { sendEvent } = await import('./lambda-invoke');
  await sendEvent(functionArn, payload);
}
