// The style of the page at /docs. Colours are those of the system's light or dark scheme.
#pragma once

#include <string_view>

namespace medialith::http {

inline constexpr std::string_view kDocsStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--soft:#60646c;--line:#e3e5e9;--panel:#f7f8fa;--accent:#0b68cb;
--get:#0a7d4f;--post:#0b68cb;--put:#9a5b00;--patch:#8a4baf;--delete:#c2292e;--mark:#fff7d6}
@media (prefers-color-scheme:dark){:root{--bg:#111316;--fg:#e8eaed;--soft:#a1a6ad;--line:#2b2f36;--panel:#191c20;
--accent:#70b0ff;--get:#4cc38a;--post:#70b0ff;--put:#f1a10d;--patch:#c79bea;--delete:#ff8589;--mark:#332e12}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,sans-serif;display:grid;
grid-template-columns:18rem minmax(0,1fr)}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code,pre{font:0.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.25rem 1rem 3rem 1.25rem;border-right:1px solid var(--line);
background:var(--panel);font-size:.9rem}
nav h2{font-size:.8rem;color:var(--soft);margin:1.4rem 0 .35rem;text-transform:uppercase;letter-spacing:.05em}
nav h2 a{color:inherit}
nav ul{list-style:none;margin:0;padding:0}
nav li a{display:flex;gap:.5rem;align-items:baseline;padding:.16rem 0;color:var(--fg)}
nav .m{flex:none;width:3rem;min-width:0;margin:0;font-size:.62rem;padding:0;background:none;text-align:left}
nav .name{font-weight:650;font-size:1.05rem;color:var(--fg)}
main{padding:2rem 2.5rem 6rem;max-width:64rem;min-width:0}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .4rem}
h2{font-size:1.35rem;margin:3rem 0 .75rem}
h3{font-size:1rem;margin:0;font-weight:600;overflow-wrap:anywhere}
h4{font-size:.8rem;margin:1.1rem 0 .35rem;color:var(--soft);text-transform:uppercase;letter-spacing:.04em}
.lead{color:var(--soft);margin-top:0}
.op,.schema{border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem;margin:1rem 0;background:var(--bg)}
.op:target,.schema:target,tr:target{background:var(--mark)}
.op h3 a,.schema h3 a{color:var(--fg)}
.op h3 code{font-size:.98rem}
.op>p{margin:.5rem 0}
.who,.errors{color:var(--soft);font-size:.92rem}
.m{display:inline-block;min-width:4.2rem;font:700 .72rem/1 ui-monospace,Menlo,Consolas,monospace;padding:.32rem .45rem;
margin-right:.5rem;border-radius:.3rem;text-align:center;background:var(--panel)}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.8rem}
th,td{border-bottom:1px solid var(--line);padding:.4rem 1.4rem .4rem 0;vertical-align:top}
td:first-child{white-space:nowrap;width:1%}
tr:last-child td{border-bottom:0}
small{color:var(--soft)}
.req{color:var(--delete)}
pre{background:var(--panel);border:1px solid var(--line);border-radius:.4rem;padding:.7rem .9rem;overflow-x:auto;margin:.4rem 0}
summary{cursor:pointer;color:var(--accent);font-size:.92rem;margin:.3rem 0}
@media (max-width:56rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}
main{padding:1.25rem}}
@media print{body{display:block}nav{display:none}.op,.schema{break-inside:avoid}}
)css";

}  // namespace medialith::http
