/**
 * Hands an event to another function without waiting for what it does; Lambda keeps the event and tries again.
 * The SDK is loaded at the first use.
 */
export async function invokeLater(functionArn: string, event: object): Promise<void> {
  const { lambdaInvoke } = await import('./lambda-invoke');
  await lambdaInvoke(functionArn, event);
}
