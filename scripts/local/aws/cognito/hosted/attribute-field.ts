import type { Field } from './page';

/** `given_name` -> `Given name`; custom attributes without their prefix. */
function label(attribute: string): string {
  const words = attribute.replace(/^custom:/, '').replaceAll('_', ' ');
  return attribute === 'email' ? 'E-mail' : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Asks for an attribute of the user. */
export const attributeField = (attribute: string, value?: string): Field => ({
  name: `attribute.${attribute}`,
  label: label(attribute),
  type: attribute === 'email' ? 'email' : 'text',
  autocomplete: attribute === 'email' ? 'email' : 'on',
  value,
});
