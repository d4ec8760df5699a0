/** Follows the visitor's choice of light or dark; readable without it. */
export const styles = `
:root { color-scheme: light dark; --ink: light-dark(#1b2330, #e8edf4); --dim: light-dark(#5a6675, #9aa7b8); --page: light-dark(#eef2f6, #0c1118); --card: light-dark(#ffffff, #151c26); --line: light-dark(#ccd4de, #38445a); --accent: light-dark(#0b5cad, #6cb2ff); --on-accent: light-dark(#ffffff, #07182b); --bad: light-dark(#a3182a, #ff9aa5); --bad-fill: light-dark(#fdecee, #3a1820); --good: light-dark(#14613a, #8be0b0); --good-fill: light-dark(#e6f6ed, #12301f); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { width: 100%; max-width: 26rem; padding: 2rem 1rem; }
.brand { display: flex; align-items: center; justify-content: center; gap: .5rem; margin: 0 0 1.25rem; font-weight: 600; letter-spacing: .01em; }
.mark { width: 1.5rem; height: 1.5rem; border-radius: .45rem; background: linear-gradient(160deg, var(--accent) 0 55%, var(--good) 55%); }
.badge { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--dim); font-size: .75rem; font-weight: 500; }
.card { padding: 1.75rem; border: 1px solid var(--line); border-radius: .9rem; background: var(--card); box-shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 12px 32px rgb(0 0 0 / 8%); overflow-wrap: anywhere; }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; line-height: 1.3; letter-spacing: -.01em; }
p { margin: .5rem 0; } .dim { margin: 0 0 .75rem; color: var(--dim); } .foot { margin: 1.25rem .5rem 0; color: var(--dim); font-size: .8rem; text-align: center; }
label { display: block; margin: 1rem 0 .3rem; font-size: .9rem; font-weight: 600; }
input { width: 100%; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--page); color: inherit; font: inherit; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.hint { margin: .3rem 0 0; color: var(--dim); font-size: .8rem; }
button { width: 100%; margin-top: 1.5rem; padding: .7rem; border: 0; border-radius: .5rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
button:hover { filter: brightness(1.08); }
button.plain { width: auto; margin: 0; padding: 0; background: none; color: var(--accent); font-weight: 400; text-decoration: underline; }
a { color: var(--accent); text-underline-offset: .15em; } code { font: .85em ui-monospace, monospace; }
.links { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 1rem; margin: 1.25rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .9rem; }
.alert, .notice { margin: .75rem 0 0; padding: .6rem .75rem; border-radius: .5rem; font-size: .9rem; }
.alert + .dim { margin-top: .75rem; }
.alert { background: var(--bad-fill); color: var(--bad); } .notice { background: var(--good-fill); color: var(--good); }
`;
