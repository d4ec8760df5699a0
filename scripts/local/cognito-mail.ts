/** The e-mails a user pool sends, worded as Cognito words them when a template says nothing else. */
import type { Mail as PoolMail } from './aws/cognito/engine';
import type { OutgoingMail } from './mailbox';

interface Wording {
  readonly subject: string;
  readonly text: (mail: PoolMail) => string;
}

const wordings: Readonly<Record<string, Wording>> = {
  confirmation: {
    subject: 'Your verification code',
    text: ({ code }) => `Your confirmation code is ${code}`,
  },
  reset: {
    subject: 'Your password reset code',
    text: ({ code }) => `Your password reset code is ${code}`,
  },
  invitation: {
    subject: 'Your temporary password',
    text: ({ to, code }) => `Your username is ${to} and temporary password is ${code}`,
  },
  'sign-in': {
    subject: 'Your sign-in code',
    text: ({ code }) => `Your sign-in code is ${code}`,
  },
  attribute: {
    subject: 'Your verification code',
    text: ({ code }) => `Your verification code is ${code}`,
  },
};

/** Address Cognito sends from when a pool has no sender of its own. */
const sender = 'no-reply@verificationemail.com';

export function cognitoMail(mail: PoolMail): OutgoingMail {
  const { subject, text } = wordings[mail.kind] ?? {
    subject: 'Your code',
    text: ({ code, kind }) => `Your ${kind} code is ${code}`,
  };
  return { from: sender, to: [mail.to], subject, text: text(mail), source: 'cognito' };
}
