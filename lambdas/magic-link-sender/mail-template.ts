import type { Texts } from './mail';

export interface Page {
  readonly language: string;
  readonly texts: Texts;
  readonly link: string;
}

const font = `-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif`;

/**
 * One column, inline styles, a table where Outlook wants one; no image and nothing else that is loaded, so that
 * opening the mail tells nobody anything. `ses:no-track` keeps SES from leading the link past a counter that
 * would get to see the token.
 */
export function html({ language, texts, link }: Page): string {
  const say = (key: keyof Texts) => escapeHtml(texts[key]);
  const href = escapeHtml(link);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${say('subject')}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #14161a !important; }
  .card { background: #1f2228 !important; border-color: #353a43 !important; }
  .strong { color: #f3f4f6 !important; }
  .soft { color: #b4bac4 !important; }
  .rule { border-color: #353a43 !important; }
  .action { background: #5b8cff !important; color: #0b0d12 !important; }
  .address { color: #9dbcff !important; }
}
@media (max-width: 480px) {
  .card { padding: 28px 22px !important; }
  .action { display: block !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6;">
<div style="display:none;max-height:0;overflow:hidden;">${say('preheader')}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="page" style="background:#f3f4f6;">
<tr><td align="center" style="padding:32px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:520px;">
<tr><td class="card" style="padding:40px;background:#ffffff;border:1px solid #e2e5ea;border-radius:12px;font-family:${font};text-align:left;">
<h1 class="strong" style="margin:0 0 16px;font-size:22px;line-height:1.3;font-weight:600;color:#16181d;">${say('heading')}</h1>
<p class="soft" style="margin:0 0 28px;font-size:16px;line-height:1.55;color:#4a505b;">${say('lead')}</p>
<p style="margin:0 0 28px;"><a class="action" href="${href}" ses:no-track style="display:inline-block;padding:14px 30px;background:#2458d3;border-radius:8px;color:#ffffff;font-size:16px;line-height:1.25;font-weight:600;text-align:center;text-decoration:none;">${say('button')}</a></p>
<p class="soft" style="margin:0 0 28px;font-size:14px;line-height:1.55;color:#4a505b;">${say('validity')}</p>
<p class="rule soft" style="margin:0 0 8px;padding:24px 0 0;border-top:1px solid #e2e5ea;font-size:13px;line-height:1.55;color:#4a505b;">${say('address')}</p>
<p style="margin:0 0 24px;font-size:12px;line-height:1.5;word-break:break-all;"><a class="address" href="${href}" ses:no-track style="color:#2458d3;text-decoration:none;">${href}</a></p>
<p class="soft" style="margin:0;font-size:13px;line-height:1.55;color:#4a505b;">${say('unexpected')}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

/** For text and for attributes in double quotes. */
function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
