/** Which address does what. */
import type { Answer } from './answer';
import { authorize } from './authorize';
import type { HostedContext } from './context';
import { showForgotPassword, submitForgotPassword, submitNewPassword } from './forgot-password';
import { showLogin, submitLogin } from './login';
import { logout } from './logout';
import type { HostedRequest } from './request';
import { revokeToken } from './revoke';
import { resendCode, showConfirm, showSignUp, submitConfirm, submitSignUp } from './sign-up';
import { token } from './token';
import { userInfo } from './user-info';

type Run = (context: HostedContext, request: HostedRequest) => Answer | Promise<Answer>;

export interface Route {
  readonly methods: Readonly<Record<string, Run>>;
  /** For scripts of every origin, which bring their own credentials; without cookies. @default a page for people */
  readonly crossOrigin?: true;
}

export const routes: Readonly<Record<string, Route>> = {
  '/oauth2/authorize': { methods: { GET: authorize } },
  '/login': { methods: { GET: showLogin, POST: submitLogin } },
  '/signup': { methods: { GET: showSignUp, POST: submitSignUp } },
  '/confirm': { methods: { GET: showConfirm, POST: submitConfirm } },
  '/resendcode': { methods: { POST: resendCode } },
  '/forgotPassword': { methods: { GET: showForgotPassword, POST: submitForgotPassword } },
  '/confirmForgotPassword': { methods: { POST: submitNewPassword } },
  '/logout': { methods: { GET: logout } },
  '/oauth2/token': { methods: { POST: token }, crossOrigin: true },
  '/oauth2/userInfo': { methods: { GET: userInfo, POST: userInfo }, crossOrigin: true },
  '/oauth2/revoke': { methods: { POST: revokeToken }, crossOrigin: true },
};
