/** The mailbox page. Text of mails reaches it by textContent only, their HTML in a frame without scripts or origin. */

export const mailPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mail</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #30363d); --dim: light-dark(#57606a, #8b949e); --panel: light-dark(#f6f8fa, #161b22); --accent: light-dark(#0a58ca, #79b8ff); --chosen: light-dark(#e3edfb, #1c2a3d); }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
a { color: var(--accent); } .dim { color: var(--dim); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem; padding: .75rem 1rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.25rem; } header label { margin-left: auto; }
input { font: inherit; width: 16rem; max-width: 60vw; padding: .25rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: inherit; }
main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(16rem, 24rem) 1fr; } main:has(#list[hidden]) { grid-template: 1fr / 1fr; }
#list { overflow-y: auto; border-right: 1px solid var(--line); }
#list a { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; padding: .55rem 1rem; border-bottom: 1px solid var(--line); border-left: 3px solid transparent; color: inherit; text-decoration: none; }
#list a:hover { background: var(--panel); } #list a[aria-current] { background: var(--chosen); border-left-color: var(--accent); }
#list span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } #list .subject { font-weight: 600; } #list .preview { grid-column: 1 / 3; }
#list time { color: var(--dim); font-size: .85em; }
article { min-width: 0; overflow-y: auto; display: flex; flex-direction: column; padding: 1rem 1.5rem; }
h2 { margin: 0 0 .5rem; font-size: 1.2rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .9rem; margin: 0 0 .75rem; font-size: .93em; } dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
#parts { display: flex; gap: .25rem; margin: 0 0 .75rem; padding: 0; border: 0; }
#parts label { padding: .15rem .8rem; border: 1px solid var(--line); border-radius: 6px; cursor: pointer; } #parts input { position: absolute; width: 1px; opacity: 0; }
#parts label:has(:checked) { background: var(--chosen); border-color: var(--accent); } #parts label:has(:focus-visible) { outline: 2px solid var(--accent); }
iframe { flex: 1; min-height: 20rem; width: 100%; border: 1px solid var(--line); border-radius: 6px; }
pre { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); font: 14px/1.6 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
#nothing { margin: auto; max-width: 28rem; text-align: center; }
[hidden] { display: none !important; }
@media (max-width: 46rem) {
  main { grid-template-columns: 1fr; grid-template-rows: minmax(8rem, 35%) 1fr; } #list { border-right: 0; border-bottom: 2px solid var(--line); } article { padding: .75rem 1rem; } header label { margin-left: 0; }
}
</style>
</head>
<body>
<header>
<h1>Mail</h1>
<a href="../">Console</a>
<span id="count" class="dim" role="status"></span>
<label>To <input id="to" type="search" placeholder="everybody" autocomplete="off"></label>
</header>
<main>
<nav id="list" aria-label="Mails, newest first"></nav>
<article id="mail">
<div id="nothing" class="dim"></div>
<div id="head" hidden>
<h2 id="subject" tabindex="-1"></h2>
<dl id="fields"></dl>
<fieldset id="parts" aria-label="Part of the mail">
<label><input type="radio" name="part" value="html" checked>HTML</label>
<label><input type="radio" name="part" value="text">Text</label>
</fieldset>
</div>
<iframe id="html" title="HTML part of the mail" sandbox="allow-popups allow-popups-to-escape-sandbox" hidden></iframe>
<pre id="text" tabindex="0" aria-label="Text part of the mail" hidden></pre>
</article>
</main>
<script src="mail.js"></script>
</body>
</html>
`;
